// Prints a line to the standard error stream, with nothing in it that a terminal or a log would
// obey, as the library itself does.
#ifndef THREADING_DETAIL_PRINT_HPP
#define THREADING_DETAIL_PRINT_HPP

#include <cstddef>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

namespace threading::detail {

// The character that the text begins with and its length in bytes; of bytes that are not UTF-8 the
// first, as a negative number.
inline long first_character(std::string_view text, std::size_t &length) {
    const auto byte = [text](std::size_t place) {
        return place < text.size() ? static_cast<unsigned char>(text[place]) : 0u;
    };
    const unsigned first = byte(0);
    length = first < 0x80   ? 1
             : first < 0xc2 ? 0
             : first < 0xe0 ? 2
             : first < 0xf0 ? 3
             : first < 0xf5 ? 4
                            : 0;
    constexpr unsigned data_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    constexpr long least[] = {0, 0, 0x80, 0x800, 0x10000};
    long character = static_cast<long>(first & data_bits[length]);
    bool valid = length != 0;
    for (std::size_t place = 1; place < length; place++) {
        valid = valid && (byte(place) & 0xc0) == 0x80;
        character = character << 6 | static_cast<long>(byte(place) & 0x3f);
    }
    if (valid && character >= least[length] && character <= 0x10ffff &&
        (character < 0xd800 || character > 0xdfff)) {
        return character;
    }
    length = 1;
    return -static_cast<long>(first);
}

// The text with escapes for control characters, separators of lines, marks of direction, and bytes
// that are not UTF-8.
inline std::string escaped(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        std::size_t length = 0;
        const long character = first_character(text, length);
        const auto between = [character](long first, long last) {
            return first <= character && character <= last;
        };
        char escape[8] = "";
        if (character == '\n') {
            result += "\\n";
        } else if (character == '\r') {
            result += "\\r";
        } else if (character == '\t') {
            result += "\\t";
        } else if (character < ' ' || character == 0x7f) {
            std::snprintf(escape, sizeof escape, "\\x%02x",
                          static_cast<unsigned>(character < 0 ? -character : character) & 0xff);
            result += escape;
        } else if (between(0x80, 0x9f) || character == 0x61c || between(0x200e, 0x200f) ||
                   between(0x2028, 0x202e) || between(0x2066, 0x2069)) {
            std::snprintf(escape, sizeof escape, "\\u%04x",
                          static_cast<unsigned>(character) & 0xffff);
            result += escape;
        } else {
            result += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return result;
}

// A title of ours and a text of the program's, in one line. Without memory the title alone.
inline void print(const char *title, const char *text) noexcept {
    try {
        std::fprintf(stderr, "%s: %s\n", title, escaped(text).c_str());
    } catch (const std::exception &) {
        std::fprintf(stderr, "%s\n", title);
    }
}

// What the C library prints of an exception, in one piece. Without memory nothing.
inline void print_exception(const std::string &thread, const char *type,
                            const char *message) noexcept {
    try {
        std::string text = "Exception in thread " + escaped(thread) + ":\n" + escaped(type);
        if (message != nullptr && *message != '\0') {
            text += ": " + escaped(message);
        }
        text += '\n';
        std::fwrite(text.data(), 1, text.size(), stderr);
    } catch (const std::exception &) {
        return;
    }
}

} // namespace threading::detail

#endif
