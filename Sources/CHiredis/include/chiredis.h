// hiredis' reader of replies, in one form for its versions 0.14 and 1.x, whose structures differ.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// What a text of a reply is.
enum {
    GATEHOUSE_REPLY_BULK = 1,
    GATEHOUSE_REPLY_STATUS = 2,
    GATEHOUSE_REPLY_ERROR = 3,
};

// Told of each value as it is complete, and of each array before its elements. `false` ends the reading with an error.
typedef struct {
    bool (*text)(void *context, int kind, const char *octets, size_t length);
    bool (*array)(void *context, size_t count);
    bool (*integer)(void *context, long long value);
    bool (*null)(void *context);
} gatehouse_reply_handlers;

typedef struct gatehouse_reader gatehouse_reader;

// NULL without memory. `context` is given to the handlers, and has to outlive the reader.
gatehouse_reader *gatehouse_reader_create(const gatehouse_reply_handlers *handlers, void *context);
void gatehouse_reader_free(gatehouse_reader *reader);

// Takes octets in; false without memory.
bool gatehouse_reader_feed(gatehouse_reader *reader, const char *octets, size_t length);

// Reads on: 1 if a reply is complete, 0 if octets are missing, -1 if they are no reply of RESP2 or hold or announce a text
// that is longer than `longest`. After that the reader must not be used again.
int gatehouse_reader_next(gatehouse_reader *reader, size_t longest);
