/* libthreading/threading.h - threading.h by a second name, for programs that have or find another
 * header of the first. */
#include "../threading.h"
