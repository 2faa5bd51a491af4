/* Log lines that name their thread, in the three forms that these examples print:
 *
 *     (Thread-1  ) Acquired lock                       LOG_NAME
 *     [DEBUG] (worker    ) Starting                    LOG_LEVEL
 *     2008-01-13 14:48:27,712 (Thread-1) Starting      LOG_TIME
 *
 * They go to stderr, each in one write, so that no other thread's line can tear them. Include this
 * file before any other: it asks the system's headers for localtime_r. */
#ifndef LOG_H
#define LOG_H

#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif

#include <stdarg.h>
#include <stdio.h>
#include <threading.h>
#include <time.h>

typedef enum log_form { LOG_NAME, LOG_LEVEL, LOG_TIME } log_form;

static log_form log_chosen_form = LOG_NAME;
static int log_name_width = 10;

/* Chooses the form of all lines and the width that names are padded to. To be called before the
 * first thread starts: from then on the threads read what it sets, without a lock. */
static inline void log_config(log_form form, int name_width) {
    log_chosen_form = form;
    log_name_width = name_width;
}

/* Writes what stands in front of the name, and a terminating NUL. */
static inline void log_head(char *buffer, size_t capacity) {
    buffer[0] = '\0';
    if (log_chosen_form == LOG_LEVEL)
        snprintf(buffer, capacity, "[DEBUG] ");
    if (log_chosen_form == LOG_TIME) {
        struct timespec now;
        struct tm local;
        timespec_get(&now, TIME_UTC);
        localtime_r(&now.tv_sec, &local);
        size_t length = strftime(buffer, capacity, "%Y-%m-%d %H:%M:%S", &local);
        snprintf(buffer + length, capacity - length, ",%03d ", (int)(now.tv_nsec / 1000000));
    }
}

/* Logs one line, as printf would format it; what is longer than the buffers is cut. */
#ifdef __GNUC__
static inline void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));
#endif
static inline void log_debug(const char *format, ...) {
    char head[40], message[160], line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    log_head(head, sizeof head);
    snprintf(line, sizeof line, "%s(%-*.40s) %s\n", head, log_name_width, threading_current_name(),
             message);
    fputs(line, stderr);
}

#endif
