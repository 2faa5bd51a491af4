"""How names are shown on a terminal."""

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
