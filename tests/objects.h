/* Every kind of object, and every call that waits for one, behind one face: what objects.def says
 * of them, as tables for the suites that go through all kinds. objects.c makes them.
 *
 * Whoever links it has an object_check. Objects are made and ended by one thread at a time. */
#ifndef OBJECTS_H
#define OBJECTS_H

#include <stdbool.h>
#include <stdint.h>
#include <threading.h>

enum kind {
#define OBJECT(NAME, name, parts) KIND_##NAME,
#include "objects.def"
    KINDS /* none */
};

/* The states that an object is made in; those of each kind begin with 0. */
#define OBJECT(NAME, name, parts) enum { parts NAME##_STATES };
#define MAKE(state, statements) state,
#include "objects.def"
enum { FRESH };

enum {
#define OBJECT(NAME, name, parts) parts
#define WAIT(name, call, make, holds, without, within, comes) WAIT_##name##_##call,
#include "objects.def"
    WAIT_KINDS
};

/* Hears what came of a call, and which other answers than THREADING_OK are right. */
typedef void (*object_judge)(const char *call, threading_status status, threading_status one,
                             threading_status other);

enum { OBJECT_OWNED = 1, OBJECT_RUNS = 2, OBJECT_RESCUED = 4 };

/* See objects.def for the parts. */
typedef struct object_kind {
    const char *name; /* of the type */
    int states;
    int traits;
    uint64_t (*make)(int state);
    void (*end)(uint64_t bits);
    uint64_t (*look)(uint64_t bits);
    bool (*use)(uint64_t bits); /* always true */
    uint64_t (*make_played)(void);
    void (*play)(uint64_t bits, object_judge judge);
    void (*let_go)(uint64_t bits);
    threading_status (*destroy)(uint64_t bits);
    bool (*is_gone)(uint64_t bits);            /* after a destroy that was THREADING_OK */
    threading_status (*rescue)(uint64_t bits); /* what they get who are rescued */
} object_kind;

typedef struct wait_kind {
    const char *name;
    enum kind kind;
    bool held; /* somebody else has to hold the object, so that the call waits */
    bool safe; /* what it waits for may come from a signal handler */
    uint64_t (*make)(void);
    void (*hold)(uint64_t bits);
    threading_status (*without)(uint64_t bits);
    threading_status (*within)(uint64_t bits, double seconds);
    void (*comes)(uint64_t bits); /* what lets it succeed: by its holder, if it is held */
} wait_kind;

extern const object_kind object_kinds[KINDS];
extern const wait_kind wait_kinds[WAIT_KINDS];

/* Fails, and says where, if the condition is false. */
void object_check(bool holds, const char *text, const char *file, int line);

/* A judge for whom nothing else is right. */
void object_right(const char *call, threading_status status, threading_status one,
                  threading_status other);

/* For whoever keeps account of handles: those that come and go with another object. */
void object_issued(enum kind kind, uint64_t bits);
void object_ended(enum kind kind, uint64_t bits);

#endif
