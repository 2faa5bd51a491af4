"""What a look from outside writes of names and times: as the program's own dumps write them."""

# How much of a name is shown, in bytes.
LONGEST_NAME = 256
SIMPLE_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def marks_a_direction(code):
    """Marks of direction, separators, embeddings, overrides and isolates."""
    return code in (0x61c, 0x200e, 0x200f) or 0x2028 <= code <= 0x202e or 0x2066 <= code <= 0x2069


def quoted(text):
    """Bytes in quotation marks, on one line, with nothing in them that a terminal would obey."""
    parts = []
    for character in text.decode("utf-8", "surrogateescape"):
        code = ord(character)
        if character in SIMPLE_ESCAPES:
            parts.append(SIMPLE_ESCAPES[character])
        elif 0xdc80 <= code <= 0xdcff:
            parts.append(f"\\x{code - 0xdc00:02x}")
        elif code < 0x20 or code == 0x7f:
            parts.append(f"\\x{code:02x}")
        elif 0x80 <= code <= 0x9f or marks_a_direction(code):
            parts.append(f"\\u{code:04x}")
        else:
            parts.append(character)
    return '"' + "".join(parts) + '"'


def shown(named):
    """The part of a name that is shown, cut between characters, and whether it is cut."""
    text, whole = named
    if whole <= LONGEST_NAME:
        return text, False
    end = LONGEST_NAME - 1
    while end > 0 and text[end] & 0xc0 == 0x80:
        end -= 1
    return text[:end], True


def seconds(nanoseconds):
    milliseconds = max(nanoseconds, 0) // 1_000_000
    return f"{milliseconds // 1000}.{milliseconds % 1000:03}"
