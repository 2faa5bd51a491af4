/* A program that does not know the library: it loads a plug-in that uses it, and lets go of the
 * plug-in while its threads live.
 *
 * host PLUGIN: loads it, calls its `plugin_begin`, unloads it at once, and returns from main. The
 * plug-in's threads and its timer still have to run, and the process to wait for them. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: host PLUGIN\n", stderr);
        return 2;
    }
    for (int round = 0; round < 3; round++) {
        void *plugin = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        int (*begin)(void) = NULL;
        if (plugin != NULL)
            *(void **)&begin = dlsym(plugin, "plugin_begin");
        if (begin == NULL) {
            fprintf(stderr, "host: %s\n", dlerror());
            return 2;
        }
        if (begin() != 0)
            return 3;
        if (dlclose(plugin) != 0) {
            fprintf(stderr, "host: %s\n", dlerror());
            return 2;
        }
    }
    puts("main returns");
    return 0;
}
