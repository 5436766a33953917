#define _GNU_SOURCE
#include "analysis/engine_id.h"

#include <elf.h>
#include <link.h>
#include <string.h>

/* A note: sizes and type, then the owner's name and the content, each filled up to four bytes. */
static bool read_notes(const char *at, size_t size, struct hash128 *ret_id) {
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, at, sizeof note);
        size_t name = ((size_t)note.n_namesz + 3) & ~(size_t)3,
               content = ((size_t)note.n_descsz + 3) & ~(size_t)3;
        if (name > size - sizeof note || content > size - sizeof note - name) return false;
        const char *bytes = at + sizeof note + name;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof ELF_NOTE_GNU && note.n_descsz > 0 &&
            memcmp(at + sizeof note, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0) {
            *ret_id = hash128(bytes, note.n_descsz);
            return true;
        }
        at = bytes + content;
        size -= sizeof note + name + content;
    }
    return false;
}

struct found {
    struct hash128 id;
    bool any;
};

/* The program itself comes first; nothing else is looked at. */
static int look_at(struct dl_phdr_info *info, size_t size, void *payload) {
    (void)size;
    struct found *found = payload;
    for (int i = 0; i < info->dlpi_phnum && !found->any; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type != PT_NOTE) continue;
        found->any =
            read_notes((const char *)(info->dlpi_addr + header->p_vaddr), header->p_memsz, &found->id);
    }
    return 1;
}

bool engine_id(struct hash128 *ret_id) {
    struct found found = {.any = false};
    dl_iterate_phdr(look_at, &found);
    if (found.any) *ret_id = found.id;
    return found.any;
}
