#include <threading.h>
#include <threading.h>
