// Libraries of the system that are opened when a configuration asks for them: nobody else needs their packages, nor the memory
// that they take.
#pragma once
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

// A function of a library.
typedef struct {
    const char *name;
    // Where in the table its address goes.
    size_t place;
    // Whether the library is of use without it; the place stays empty then.
    bool is_optional;
} gatehouse_symbol;

// A library, and what is called in it.
typedef struct {
    // Tried one after the other; NULL for none.
    const char *files[2];
    // What an operator is told if it is not there.
    const char *missing;
    // A structure of pointers to functions.
    void *table;
    const gatehouse_symbol *symbols;
    size_t symbol_count;
    // Called once, when every function is found, and says whether the library can be used; NULL for nothing.
    bool (*begin)(void);
    // The memory of gatehouse_library_open: PTHREAD_MUTEX_INITIALIZER and false.
    pthread_mutex_t lock;
    bool was_tried;
    bool is_open;
} gatehouse_library;

#define GATEHOUSE_LIBRARY_MISSING(file, package) file " cannot be opened: install the package " package

// Opens a library and finds its functions, the first time; it stays open. Returns whether it can be used, and that never changes.
bool gatehouse_library_open(gatehouse_library *library);
