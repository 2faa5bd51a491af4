/* See posix.h. A source that has such a file reads and writes no other. */
#define read eventfd_read_
#define write eventfd_write_
#define close eventfd_close_
