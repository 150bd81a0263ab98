#include "chiredis.h"
#include <hiredis/hiredis.h>
#include <hiredis/read.h>
#include <stdlib.h>

struct gatehouse_reader {
    redisReader *reader;
    gatehouse_reply_handlers handlers;
    void *context;
};

// What differs between the versions: 1.0 counts elements otherwise, keeps its tasks elsewhere, and knows RESP3.
#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
static int present_type(const redisReader *reader) {
    return reader->ridx >= 0 && reader->ridx < reader->tasks ? reader->task[reader->ridx]->type : -1;
}
#else
typedef int element_count;
static int present_type(const redisReader *reader) {
    return reader->ridx >= 0 && reader->ridx <= 8 ? reader->rstack[reader->ridx].type : -1;
}
#endif

// hiredis takes anything but NULL for the value that was made.
static void *outcome(const redisReadTask *task, bool is_taken) { return is_taken ? task->privdata : NULL; }

static void *make_text(const redisReadTask *task, char *octets, size_t length) {
    const gatehouse_reader *reader = task->privdata;
    int kind;
    switch (task->type) {
    case REDIS_REPLY_STRING: kind = GATEHOUSE_REPLY_BULK; break;
    case REDIS_REPLY_STATUS: kind = GATEHOUSE_REPLY_STATUS; break;
    case REDIS_REPLY_ERROR: kind = GATEHOUSE_REPLY_ERROR; break;
    default: return NULL;
    }
    return outcome(task, reader->handlers.text(reader->context, kind, octets, length));
}

static void *make_array(const redisReadTask *task, element_count count) {
    const gatehouse_reader *reader = task->privdata;
    // Maps, sets and pushes of RESP3 come by here, too.
    if (task->type != REDIS_REPLY_ARRAY) return NULL;
    return outcome(task, reader->handlers.array(reader->context, (size_t)count));
}

static void *make_integer(const redisReadTask *task, long long value) {
    const gatehouse_reader *reader = task->privdata;
    return outcome(task, reader->handlers.integer(reader->context, value));
}

static void *make_null(const redisReadTask *task) {
    const gatehouse_reader *reader = task->privdata;
    return outcome(task, reader->handlers.null(reader->context));
}

#if HIREDIS_MAJOR >= 1
static void *refuse_double(const redisReadTask *task, double value, char *text, size_t length) {
    (void)task, (void)value, (void)text, (void)length;
    return NULL;
}

static void *refuse_boolean(const redisReadTask *task, int value) {
    (void)task, (void)value;
    return NULL;
}
#endif

static void release(void *value) { (void)value; }

static redisReplyObjectFunctions functions = {
    .createString = make_text,
    .createArray = make_array,
    .createInteger = make_integer,
    .createNil = make_null,
#if HIREDIS_MAJOR >= 1
    .createDouble = refuse_double,
    .createBool = refuse_boolean,
#endif
    .freeObject = release,
};

gatehouse_reader *gatehouse_reader_create(const gatehouse_reply_handlers *handlers, void *context) {
    gatehouse_reader *made = calloc(1, sizeof *made);
    if (made == NULL) return NULL;
    made->reader = redisReaderCreateWithFunctions(&functions);
    if (made->reader == NULL) {
        free(made);
        return NULL;
    }
    made->reader->privdata = made;
    made->handlers = *handlers;
    made->context = context;
    return made;
}

void gatehouse_reader_free(gatehouse_reader *reader) {
    if (reader == NULL) return;
    redisReaderFree(reader->reader);
    free(reader);
}

bool gatehouse_reader_feed(gatehouse_reader *reader, const char *octets, size_t length) {
    return redisReaderFeed(reader->reader, octets, length) == REDIS_OK;
}

// Whether what is waited for is none of RESP2's types, or a bulk string whose announced length is above the limit or none at
// all: hiredis would go on collecting octets for as long as the server likes. It has just consumed the octet of the type; the
// digits start at its cursor.
static bool awaits_too_much(const redisReader *reader, size_t longest) {
    const int type = present_type(reader);
    if (type > REDIS_REPLY_ERROR) return true;
    if (type != REDIS_REPLY_STRING) return false;
    size_t length = 0;
    for (size_t at = reader->pos; at < reader->len; at++) {
        const char digit = reader->buf[at];
        if (digit < '0' || digit > '9') return false;
        length = length * 10 + (size_t)(digit - '0');
        if (length > longest || at - reader->pos > 20) return true;
    }
    return false;
}

int gatehouse_reader_next(gatehouse_reader *reader, size_t longest) {
    void *value = NULL;
    if (redisReaderGetReply(reader->reader, &value) != REDIS_OK) return -1;
    if (value != NULL) return 1;
    // A text with its head and end, or a line without one.
    if (reader->reader->len - reader->reader->pos > longest + 64) return -1;
    return awaits_too_much(reader->reader, longest) ? -1 : 0;
}
