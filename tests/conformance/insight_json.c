/* threading_dump_json, as Python reads it: each text is one object of schema 1, and says what the
 * program knows of itself. */
#include "caller.h"
#include "forked.h"
#include "insight_circle.h"

/* ---- Python ---- */

/* What all texts have in common. `d` is the text, read; `thread` finds a thread by its name. */
static const char HEAD[] =
    "import json, sys\n"
    "text = sys.stdin.buffer.read().decode('utf-8')\n"
    "assert not any(c < ' ' and c != '\\n' or c in '\\x7f\\u2028\\u2029' for c in text)\n"
    "def once(pairs):\n"
    "    assert len(dict(pairs)) == len(pairs), pairs\n"
    "    return dict(pairs)\n"
    "def no(constant): raise ValueError(constant)\n"
    "d = json.loads(text, object_pairs_hook=once, parse_constant=no)\n"
    "assert d['threading'] == 1 and d['pid'] == int(sys.argv[1])\n"
    "assert d['version'].count('.') == 2 and d['program'] and d['monotonic'] > 0\n"
    "idents = [t['ident'] for t in d['threads']]\n"
    "assert len(set(idents)) == len(idents), idents\n"
    "assert all(len(i) == 18 and i[:2] == '0x' for i in idents), idents\n"
    "handles = [o['handle'] for o in d['objects']]\n"
    "assert len(set(handles)) == len(handles), handles\n"
    "assert all(len(h) == 18 and h[:2] == '0x' for h in handles), handles\n"
    "for o in d['objects']:\n"
    "    assert int(o['handle'], 16) and o['kind'] and o['waiting'] >= 0\n"
    "    assert o['signal'] in (False, True)\n"
    "    holds = [t['ident'] for t in d['threads'] if o['handle'] in t['holds']]\n"
    "    assert holds == [o['holder']] * (o['holder'] in idents), o\n"
    "    waits = [t for t in d['threads'] if t.get('wait', {}).get('object') == o['handle']]\n"
    "    assert len(waits) == o['waiting'], o\n"
    "for t in d['threads']:\n"
    "    assert t['state'] in ('waiting', 'sleeping', 'running', 'starting'), t\n"
    "    assert ('wait' in t) == (t['state'] in ('waiting', 'sleeping')), t\n"
    "    assert t['daemon'] in (False, True) and t['foreign'] in (False, True)\n"
    "    for h in t['holds']: assert h in handles, t\n"
    "    w = t.get('wait')\n"
    "    assert not w or w['seconds'] >= 0 and (w['remaining'] is None or w['remaining'] >= 0)\n"
    "    assert not w or w['holder'] is None or w['holder'] in idents, t\n"
    "for k in d['deadlocks']:\n"
    "    assert k['certainty'] in ('certain', 'probable')\n"
    "    waits = [next(t['wait'] for t in d['threads'] if t['ident'] == i) for i in k['threads']]\n"
    "    assert [w['holder'] for w in waits] == k['threads'][1:] + k['threads'][:1]\n"
    "def thread(name): return next(t for t in d['threads'] if t['name'] == name)\n"
    "def lock(name): return next(o for o in d['objects'] if o['name'] == name)\n";

/* Python reads the text, and then runs the rest of the program on it. */
static void check_json(int text, const char *rest) {
    static char program[16384];
    char id[32];
    snprintf(program, sizeof program, "%s%s\n", HEAD, rest);
    snprintf(id, sizeof id, "%ld", (long)getpid());
    fflush(NULL);
    pid_t child = forked();
    if (child == 0) {
        (void)(lseek(text, 0, SEEK_SET) == 0 && dup2(text, STDIN_FILENO) == STDIN_FILENO);
        execlp("python3", "python3", "-c", program, id, (char *)NULL);
        _exit(127);
    }
    int code = exit_code_of(child);
    if (code != 0) {
        char *wrong = text_of_file(text);
        fprintf(stderr, "%s\n", wrong);
        free(wrong);
    }
    CHECK_NUMBER(code, 0);
}

static void check_json_now(const char *rest) {
    int file = memfd_create("json", MFD_CLOEXEC);
    CHECK(file >= 0);
    CHECK_STATUS(threading_dump_json(file), THREADING_OK);
    check_json(file, rest);
    close(file);
}

/* ---- what is in it ---- */

CASE(a_process_that_does_nothing_is_valid_json) {
    check_json_now("assert len(d['threads']) == 1 and not d['objects'] and not d['deadlocks']\n"
                   "assert d['pending_timers'] == 0 and d['unmet'] == []\n"
                   "t = thread('MainThread')\n"
                   "assert t['state'] == 'running' and t['holds'] == []\n"
                   "assert t['native_id'] == d['pid'] and not t['daemon'] and not t['foreign']\n");
}

static threading_lock ledger;
static threading_event never;

static threading_status acquires(caller *self) {
    threading_status status = threading_lock_acquire_timeout(ledger, self->seconds);
    return status == THREADING_OK ? threading_lock_release(ledger) : status;
}

static threading_status waits(caller *self) {
    (void)self;
    return threading_event_wait(never);
}

static threading_status joins(caller *self) {
    return threading_thread_join((threading_thread){self->bits});
}

static threading_status sleeps(caller *self) {
    /* not to synchronise: it is what is tested */
    return threading_sleep(self->seconds);
}

CASE(waits_and_holds_are_in_the_json) {
    caller wants, attends, follows, dozes;
    threading_rlock deep;
    CHECK_STATUS(threading_lock_new(&ledger), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(ledger, "ledger"), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(ledger), THREADING_OK);
    CHECK_STATUS(threading_rlock_new(&deep), THREADING_OK);
    CHECK_STATUS(threading_rlock_set_name(deep, "deep"), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(deep), THREADING_OK);
    CHECK_STATUS(threading_rlock_acquire(deep), THREADING_OK);
    CHECK_STATUS(threading_event_new(&never), THREADING_OK);
    CHECK_STATUS(threading_event_set_name(never, "never"), THREADING_OK);
    caller_start_asleep(&wants, OURS, acquires, 0, 1000);
    caller_start_asleep(&attends, OURS, waits, 0, -1);
    caller_start_asleep(&follows, FOREIGN, joins, wants.thread.ours.bits, -1);
    caller_start_asleep(&dozes, FOREIGN, sleeps, 0, 1000);
    CHECK_STATUS(threading_thread_set_name(wants.thread.ours, "wants"), THREADING_OK);
    CHECK_STATUS(threading_thread_set_name(attends.thread.ours, "attends"), THREADING_OK);
    check_json_now(
        "main, wants, attends = thread('MainThread'), thread('wants'), thread('attends')\n"
        "assert set(main['holds']) == {lock('ledger')['handle'], lock('deep')['handle']}\n"
        "assert lock('ledger')['kind'] == 'lock' and 'depth' not in lock('ledger')\n"
        "assert lock('deep')['kind'] == 'rlock' and lock('deep')['depth'] == 2\n"
        "assert lock('ledger')['holder'] == lock('deep')['holder'] == main['ident']\n"
        "w = wants['wait']\n"
        "assert w['kind'] == 'lock' and w['object'] == lock('ledger')['handle']\n"
        "assert w['name'] == 'ledger' and w['holder'] == main['ident']\n"
        "assert 900 < w['remaining'] <= 1000 and not wants['foreign']\n"
        "w = attends['wait']\n"
        "assert w['kind'] == 'event' and w['object'] == lock('never')['handle']\n"
        "assert w['name'] == 'never' and w['holder'] is None and w['remaining'] is None\n"
        "assert lock('never')['holder'] is None and lock('never')['waiting'] == 1\n"
        "follows, dozes = sorted((t for t in d['threads'] if t['foreign']),\n"
        "                        key=lambda t: t['state'], reverse=True)\n"
        "assert follows['name'] is None and follows['wait']['kind'] == 'thread'\n"
        "assert follows['wait']['holder'] == wants['ident'] and follows['state'] == 'waiting'\n"
        "assert follows['wait']['object'] == wants['ident']\n"
        "assert follows['wait']['name'] == 'wants'\n"
        "assert dozes['state'] == 'sleeping' and dozes['wait']['kind'] == 'sleep'\n"
        "assert int(dozes['wait']['object'], 16) == 0 and dozes['wait']['remaining'] <= 1000\n"
        "assert len(d['threads']) == 5 and not d['deadlocks']\n");
    fflush(NULL);
    _exit(0); /* the sleeper sleeps on */
}

CASE(deadlocks_are_in_the_json) {
    static const edge edges[] = {BY_LOCK, BY_RLOCK, BY_JOIN, BY_LOCKS_CONDITION};
    circle one = {.size = 0}, other = {.size = 0};
    circle_plant(&one, 4, edges);
    circle_plant(&other, 2, edges);
    check_json_now("assert sorted(len(k['threads']) for k in d['deadlocks']) == [2, 4]\n"
                   "assert all(k['certainty'] == 'probable' for k in d['deadlocks'])\n");
    circle_break(&one);
    circle_end(&one);
    circle_break(&other);
    circle_end(&other);
    check_json_now("assert not d['deadlocks']\n");
    static const edge certain[] = {BY_RLOCK, BY_JOIN};
    circle_plant(&one, 2, certain);
    check_json_now("assert [k['certainty'] for k in d['deadlocks']] == ['certain']\n");
    fflush(NULL);
    _exit(0); /* nobody can break it */
}

static void releases(worker *self) {
    (void)self;
    CHECK_STATUS(threading_lock_release(ledger), THREADING_OK);
}

CASE(a_lock_as_a_signal_and_a_pending_timer_are_in_the_json) {
    caller first, second;
    worker other;
    threading_timer timer;
    gate door = GATE_CLOSED;
    CHECK_STATUS(threading_timer_new(1000, gate_passenger, &door, &timer), THREADING_OK);
    CHECK_STATUS(threading_timer_start(timer), THREADING_OK);
    CHECK_STATUS(threading_lock_new(&ledger), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(ledger, "signal"), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(ledger), THREADING_OK);
    caller_start_asleep(&first, OURS, acquires, 0, INFINITY);
    check_json_now("assert lock('signal')['signal'] is False and d['pending_timers'] == 1\n");
    worker_start(&other, FOREIGN, releases, NULL);
    worker_join(&other);
    caller_end(&first, THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(ledger), THREADING_OK);
    caller_start_asleep(&second, OURS, acquires, 0, INFINITY);
    check_json_now("assert lock('signal')['signal'] is True\n");
    CHECK_STATUS(threading_lock_release(ledger), THREADING_OK);
    caller_end(&second, THREADING_OK);
    CHECK_STATUS(threading_timer_cancel(timer, NULL), THREADING_OK);
}

CASE(an_rwlock_has_its_writer_or_the_number_of_its_reads_in_the_json) {
    threading_rwlock rwlock;
    CHECK_STATUS(threading_rwlock_new(&rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_set_name(rwlock, "table"), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_write(rwlock), THREADING_OK);
    check_json_now("t = lock('table')\n"
                   "assert t['kind'] == 'rwlock' and t['reads'] == 0 and t['waiting'] == 0\n"
                   "assert t['holder'] == thread('MainThread')['ident']\n"
                   "assert thread('MainThread')['holds'] == [t['handle']]\n");
    CHECK_STATUS(threading_rwlock_downgrade(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_acquire_read(rwlock), THREADING_OK);
    check_json_now("t = lock('table')\n"
                   "assert t['reads'] == 2 and t['holder'] is None\n"
                   "assert thread('MainThread')['holds'] == []\n");
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    CHECK_STATUS(threading_rwlock_release_read(rwlock), THREADING_OK);
    check_json_now("assert not d['objects']\n");
}

/* ---- names ---- */

/* What Python reads is what C has written, whatever it is. */
CASE(names_of_any_characters_come_through_json) {
    static const char *const strange[] = {
        "\"quoted\" and \\ and \\\\\"", "\x1b[31mred\x1b[0m\a\b\f\n\r\t\v\x7f",
        "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xef\xbf\xbf",
        "\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xae\xc2\x85\xc2\x9b", "</script>{\"a\":[1]}%s\\u0041"};
    char all[128] = "";
    for (int i = 1; i < 128; i++) {
        all[i - 1] = (char)i;
    }
    for (size_t i = 0; i <= sizeof strange / sizeof strange[0]; i++) {
        bool is_last = i == sizeof strange / sizeof strange[0];
        CHECK_STATUS(threading_lock_new(&ledger), THREADING_OK);
        CHECK_STATUS(threading_lock_acquire(ledger), THREADING_OK);
        CHECK_STATUS(threading_lock_set_name(ledger, is_last ? all : strange[i]), THREADING_OK);
    }
    CHECK_STATUS(threading_thread_set_name(threading_main_thread(), strange[1]), THREADING_OK);
    check_json_now("names = {o['name'] for o in d['objects']}\n"
                   "expected = {'\"quoted\" and \\\\ and \\\\\\\\\"',\n"
                   "    '\\x1b[31mred\\x1b[0m\\a\\b\\f\\n\\r\\t\\v\\x7f',\n"
                   "    'caf\\xe9 \\u20ac \\U0001f600 \\uffff',\n"
                   "    '\\u2028\\u2029\\u202e\\x85\\x9b', '</script>{\"a\":[1]}%s\\\\u0041',\n"
                   "    ''.join(map(chr, range(1, 128)))}\n"
                   "assert names == expected, names ^ expected\n"
                   "thread('\\x1b[31mred\\x1b[0m\\a\\b\\f\\n\\r\\t\\v\\x7f')\n");
}

/* Long ones are cut, between two characters. */
CASE(a_long_name_is_cut_in_json) {
    char name[1001] = "";
    for (int i = 0; i < 500; i++) {
        memcpy(name + 2 * i, "\xc3\xa9", 2);
    }
    CHECK_STATUS(threading_lock_new(&ledger), THREADING_OK);
    CHECK_STATUS(threading_lock_acquire(ledger), THREADING_OK);
    CHECK_STATUS(threading_lock_set_name(ledger, name), THREADING_OK);
    check_json_now("assert d['objects'][0]['name'] == '\\xe9' * 127\n");
    name[254] = '\0';
    CHECK_STATUS(threading_lock_set_name(ledger, name), THREADING_OK);
    check_json_now("assert d['objects'][0]['name'] == '\\xe9' * 127\n");
}
