/* Runs one case of the table, `misuse_shared threading_lock_release.lock_stale`; without an
 * argument it lists them all. */
#include "misuse.h"

#include <stdio.h>
#include <string.h>

static bool has_cases(const char *function) {
    for (const struct misuse *one = misuses; one->name; one++) {
        if (strcmp(one->function->name, function) == 0) {
            return true;
        }
    }
    return false;
}

/* Each function of the header either has cases or says why not. */
static int coverage(void) {
    int called = 0;
    int not_called = 0;
    for (const struct declared *one = declared_functions; one->name; one++) {
        CHECK(one->address != NULL);
        CHECK(has_cases(one->name) == (one->why_not_called == NULL));
        if (one->why_not_called) {
            printf("not called: %s: %s\n", one->name, one->why_not_called);
            not_called++;
        } else {
            called++;
        }
    }
    CHECK(called > 0);
    printf("%d functions are misused, %d are not called\n", called, not_called);
    return 0;
}

static int list(void) {
    for (const struct misuse *one = misuses; one->name; one++) {
        printf("%s.%s\n", one->function->name, one->name);
    }
    return 0;
}

int main(int count, char **arguments) {
    if (count < 2) {
        return list();
    }
    if (strcmp(arguments[1], "coverage") == 0) {
        return coverage();
    }
    for (const struct misuse *one = misuses; one->name; one++) {
        size_t length = strlen(one->function->name);
        if (strncmp(arguments[1], one->function->name, length) == 0 &&
            arguments[1][length] == '.' && strcmp(arguments[1] + length + 1, one->name) == 0) {
            attempt_prepare(one);
            one->run(one);
            attempt_finish();
            return 0;
        }
    }
    fprintf(stderr, "no case named %s\n", arguments[1]);
    return 2;
}
