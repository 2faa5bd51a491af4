/* A folder of the case's own, which is gone when the case has passed. */
#ifndef FOLDER_H
#define FOLDER_H

#include "case.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static pid_t folder_owner_;

static inline void folder_remove_(void) {
    if (getpid() != folder_owner_) {
        return;
    }
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries)) != NULL;) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') {
            unlink(path);
        }
    }
    if (entries) {
        closedir(entries);
    }
    rmdir(folder);
}

static inline void folder_make(void) {
    snprintf(folder, sizeof folder, "/tmp/threading-case-XXXXXX");
    CHECK(mkdtemp(folder) != NULL);
    folder_owner_ = getpid();
    CHECK_NUMBER(atexit(folder_remove_), 0);
}

/* What a file in it holds, NUL-terminated and to be freed; NULL: there is no such file. */
static inline char *folder_text(const char *name) {
    char path[400];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return NULL;
    }
    size_t room = 1 << 20;
    char *text = calloc(1, room);
    CHECK(text != NULL);
    CHECK(fread(text, 1, room - 1, file) < room - 1);
    fclose(file);
    return text;
}

#endif
