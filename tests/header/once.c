#include <threading.h>
