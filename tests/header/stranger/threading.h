/* Somebody else's header: of the same name, and with the guard that the name suggests. */
#ifndef THREADING_H
#define THREADING_H
typedef int stranger_mutex;
#endif
