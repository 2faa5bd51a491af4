/* Debian's libgcc_eh asks glibc for the tables by which a stack is unwound. This answers in a
 * static program of musl: conformance.sh renames the call in a copy of libgcc_eh, so that the
 * library does not take this for glibc's. */
#define _GNU_SOURCE
#include <link.h>
#include <stddef.h>
#include <stdint.h>

/* What glibc writes, as far as it is asked for. */
struct found {
    unsigned long long flags;
    void *start, *end, *image, *tables;
};

int find_tables(void *address, struct found *found);

struct search {
    uintptr_t address;
    struct found found;
};

static int look(struct dl_phdr_info *image, size_t size, void *context) {
    struct search *search = context;
    (void)size;
    for (int i = 0; i < image->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &image->dlpi_phdr[i];
        uintptr_t start = image->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_GNU_EH_FRAME) {
            search->found.tables = (void *)start;
        } else if (header->p_type == PT_LOAD && search->address - start < header->p_memsz) {
            search->found.start = (void *)start;
            search->found.end = (void *)(start + header->p_memsz);
        }
    }
    return search->found.start != NULL;
}

int find_tables(void *address, struct found *found) {
    struct search search = {.address = (uintptr_t)address};
    if (!dl_iterate_phdr(look, &search) || search.found.tables == NULL) {
        return -1;
    }
    *found = search.found;
    return 0;
}
