#define _GNU_SOURCE
#include "cdynamiclibrary.h"
#include <dlfcn.h>
#include <string.h>

static bool find(const gatehouse_library *library) {
    void *handle = NULL;
    for (size_t index = 0; index < 2 && handle == NULL; index++)
        if (library->files[index] != NULL) handle = dlopen(library->files[index], RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return false;
    for (size_t index = 0; index < library->symbol_count; index++) {
        const gatehouse_symbol *symbol = &library->symbols[index];
        void *address = dlsym(handle, symbol->name);
        if (address == NULL && !symbol->is_optional) return false;
        memcpy((char *)library->table + symbol->place, &address, sizeof address);
    }
    return library->begin == NULL || library->begin();
}

bool gatehouse_library_open(gatehouse_library *library) {
    pthread_mutex_lock(&library->lock);
    if (!library->was_tried) {
        library->is_open = find(library);
        library->was_tried = true;
    }
    const bool is_open = library->is_open;
    pthread_mutex_unlock(&library->lock);
    return is_open;
}
