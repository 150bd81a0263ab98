#pragma once
#include <hiredis/hiredis.h>
#include <hiredis/read.h>

/*
 * Whether the reader waits for a bulk string whose announced length is above the limit or is no length at all.
 *
 * hiredis 0.14 would go on collecting octets for as long as the server likes. The reader has just consumed the type
 * octet; the digits start at its cursor. Call it after redisReaderGetReply brought no reply and no error.
 */
static inline int gatehouse_reader_awaits_longer_bulk(const redisReader *reader, size_t limit) {
    if (reader->ridx < 0 || reader->ridx > 8 || reader->rstack[reader->ridx].type != REDIS_REPLY_STRING) return 0;
    size_t length = 0;
    for (size_t at = reader->pos; at < reader->len; at++) {
        char digit = reader->buf[at];
        if (digit < '0' || digit > '9') return 0;
        length = length * 10 + (size_t)(digit - '0');
        if (length > limit || at - reader->pos > 20) return 1;
    }
    return 0;
}
