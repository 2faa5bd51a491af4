/* See posix.h, and what the harness of the conformance programs asks of the system. */
#include "posix.h"
#include "../../conformance/case.h"

#include <errno.h>
#include <fcntl.h>
#include <share.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#include <tlhelp32.h>

long syscall(long number) {
    (void)number;
    return (long)GetCurrentThreadId();
}

void posix_lacks(const char *what) {
    static char reason[64];
    snprintf(reason, sizeof reason, "Windows has no %s", what);
    case_skip(reason);
    abort();
}

int fork(void) { posix_lacks("fork"); }

/* What Windows calls the end by abort is an exit code as any other. So here it is one that no
 * program ends with. */
enum { BY_SIGNAL = 256 };

static void end_by(int signal) { TerminateProcess(GetCurrentProcess(), BY_SIGNAL + signal); }

__attribute__((constructor)) static void tell_of_abort(void) { signal(SIGABRT, end_by); }

long sysconf(int what) {
    SYSTEM_INFO system;
    GetSystemInfo(&system);
    return (long)(what == _SC_PAGESIZE ? system.dwPageSize : system.dwNumberOfProcessors);
}

int pause(void) {
    Sleep(INFINITE); /* not to synchronise: nobody waits for its end */
    return -1;
}

int rand_r(unsigned *seed) {
    *seed = *seed * 1103515245 + 12345;
    return (int)(*seed >> 16 & RAND_MAX);
}

int setenv(const char *name, const char *value, int replace) {
    return !replace && getenv(name) ? 0 : _putenv_s(name, value);
}

char *strndup(const char *text, size_t most) {
    size_t length = strnlen(text, most);
    char *copy = malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

/* A file that is gone when it is closed. */
int memfd_create(const char *name, unsigned flags) {
    (void)name, (void)flags;
    char folder[MAX_PATH - 16], path[MAX_PATH];
    int file = -1;
    if (GetTempPathA(sizeof folder, folder) && GetTempFileNameA(folder, "thr", 0, path)) {
        _sopen_s(&file, path, _O_RDWR | _O_BINARY | _O_TEMPORARY | _O_CREAT, _SH_DENYNO, 0600);
    }
    return file;
}

ssize_t pread(int file, void *room, size_t bytes, off_t place) {
    long before = _lseek(file, 0, SEEK_CUR);
    _lseek(file, (long)place, SEEK_SET);
    int got = _read(file, room, (unsigned)bytes);
    _lseek(file, before, SEEK_SET);
    return got;
}

/* ---- files that are events ---- */

/* Handles have 32 bits that count, as the documentation has it. */
static HANDLE event_of(int file) { return (HANDLE)(intptr_t)file; }

int eventfd(unsigned opened, int flags) {
    (void)flags;
    HANDLE event = CreateEventW(NULL, TRUE, opened != 0, NULL);
    return event ? (int)(intptr_t)event : -1;
}

ssize_t eventfd_read_(int file, void *number, size_t bytes) {
    memset(number, 0, bytes);
    return WaitForSingleObject(event_of(file), INFINITE) == WAIT_OBJECT_0 ? (ssize_t)bytes : -1;
}

ssize_t eventfd_write_(int file, const void *number, size_t bytes) {
    (void)number;
    return SetEvent(event_of(file)) ? (ssize_t)bytes : -1;
}

int eventfd_close_(int file) { return CloseHandle(event_of(file)) ? 0 : -1; }

/* ---- threads as the system sees them ---- */

/* The functions of ntdll that make the calls of the kernel that wait. They are looked for before
 * anything else: the loader takes its lock for that, and a thread that ends may hold it. */
static DWORD64 waits[5];

__attribute__((constructor)) static void find_waits(void) {
    static const char *const names[] = {"NtWaitForAlertByThreadId", "NtWaitForSingleObject",
                                        "NtWaitForMultipleObjects", "NtDelayExecution",
                                        "NtWaitForKeyedEvent"};
    HMODULE ntdll = GetModuleHandleA("ntdll.dll");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        waits[i] = (DWORD64)(uintptr_t)GetProcAddress(ntdll, names[i]);
    }
}

/* Whether the thread is in such a call: it goes on in one of those functions. It is held up for a
 * moment, for which it need not be awake. */
static bool is_in_the_kernel(DWORD id) {
    enum { LONGEST = 32 }; /* bytes of such a function */
    HANDLE thread = OpenThread(THREAD_SUSPEND_RESUME | THREAD_GET_CONTEXT, FALSE, id);
    if (thread == NULL) {
        return false;
    }
    CONTEXT context;
    memset(&context, 0, sizeof context);
    context.ContextFlags = CONTEXT_CONTROL;
    bool known = false;
    if (SuspendThread(thread) != (DWORD)-1) {
        known = GetThreadContext(thread, &context);
        ResumeThread(thread);
    }
    CloseHandle(thread);
    bool asleep = false;
    for (size_t i = 0; known && i < sizeof waits / sizeof *waits; i++) {
        asleep |= waits[i] != 0 && context.Rip > waits[i] && context.Rip < waits[i] + LONGEST;
    }
    return asleep;
}

/* A thread of Windows sleeps for a moment in many calls, those that take memory among them. So it
 * also has to say by itself for what it waits. */
bool task_is_asleep(uint64_t native_id) {
    enum { MOST = 4096 };
    static _Thread_local threading_wait array[MOST];
    size_t count = threading_waits(array, MOST);
    for (size_t i = 0; i < count; i++) {
        if (array[i].native_id == native_id) {
            return is_in_the_kernel((DWORD)native_id);
        }
    }
    return false;
}

size_t tasks_listed(void) {
    size_t count = 0;
    HANDLE list = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof entry};
    CHECK(list != INVALID_HANDLE_VALUE);
    for (BOOL more = Thread32First(list, &entry); more; more = Thread32Next(list, &entry)) {
        count += entry.th32OwnerProcessID == GetCurrentProcessId();
    }
    CloseHandle(list);
    return count;
}

size_t address_space(void) {
    MEMORYSTATUSEX memory = {.dwLength = sizeof memory};
    CHECK(GlobalMemoryStatusEx(&memory));
    return (size_t)(memory.ullTotalVirtual - memory.ullAvailVirtual);
}

/* ---- children ---- */

void run_child(const char *name, child_outcome *outcome) {
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE from_child, to_parent;
    char program[MAX_PATH], line[2 * MAX_PATH];
    fflush(NULL);
    CHECK(CreatePipe(&from_child, &to_parent, &inherited, 0));
    SetHandleInformation(from_child, HANDLE_FLAG_INHERIT, 0);
    GetModuleFileNameA(NULL, program, sizeof program);
    snprintf(line, sizeof line, "\"%s\" %s", program, name);
    STARTUPINFOA how = {.cb = sizeof how,
                        .dwFlags = STARTF_USESTDHANDLES,
                        .hStdOutput = to_parent,
                        .hStdError = to_parent};
    PROCESS_INFORMATION child;
    CHECK(CreateProcessA(program, line, NULL, NULL, TRUE, 0, NULL, NULL, &how, &child));
    CloseHandle(to_parent);
    size_t length = 0;
    DWORD got = 0;
    while (length < sizeof outcome->output - 1 &&
           ReadFile(from_child, outcome->output + length,
                    (DWORD)(sizeof outcome->output - 1 - length), &got, NULL) &&
           got != 0) {
        length += got;
    }
    /* The C library writes the end of a line as two characters. */
    size_t kept = 0;
    for (size_t i = 0; i < length; i++) {
        if (outcome->output[i] != '\r') {
            outcome->output[kept++] = outcome->output[i];
        }
    }
    outcome->output[kept] = '\0';
    CloseHandle(from_child);
    DWORD code = 0;
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    CloseHandle(child.hProcess);
    CloseHandle(child.hThread);
    /* Greater numbers are those of exceptions. */
    outcome->exit_code = code < BY_SIGNAL ? (int)code : -1;
    outcome->signal = code < BY_SIGNAL ? 0 : (int)(code - BY_SIGNAL);
}
