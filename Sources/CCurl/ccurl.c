#define _GNU_SOURCE
#include "ccurl.h"
#include "cdynamiclibrary.h"
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct {
    __typeof__(&curl_global_init) globalInit;
    CURL *(*easyInit)(void);
    CURLcode (*easySetopt)(CURL *, CURLoption, ...);
    CURLcode (*easyPerform)(CURL *);
    CURLcode (*easyGetinfo)(CURL *, CURLINFO, ...);
    void (*easyCleanup)(CURL *);
    const char *(*easyStrerror)(CURLcode);
    struct curl_slist *(*slistAppend)(struct curl_slist *, const char *);
    void (*slistFreeAll)(struct curl_slist *);
} curl_functions;
static curl_functions library;

static const gatehouse_symbol symbols[] = {
    {"curl_global_init", offsetof(curl_functions, globalInit), false},
    {"curl_easy_init", offsetof(curl_functions, easyInit), false},
    {"curl_easy_setopt", offsetof(curl_functions, easySetopt), false},
    {"curl_easy_perform", offsetof(curl_functions, easyPerform), false},
    {"curl_easy_getinfo", offsetof(curl_functions, easyGetinfo), false},
    {"curl_easy_cleanup", offsetof(curl_functions, easyCleanup), false},
    {"curl_easy_strerror", offsetof(curl_functions, easyStrerror), false},
    {"curl_slist_append", offsetof(curl_functions, slistAppend), false},
    {"curl_slist_free_all", offsetof(curl_functions, slistFreeAll), false},
};

static bool begin(void) { return library.globalInit(CURL_GLOBAL_DEFAULT) == CURLE_OK; }

static gatehouse_library libcurl = {
    .files = {"libcurl.so.4", "libcurl-gnutls.so.4"},
    .missing = GATEHOUSE_LIBRARY_MISSING("libcurl.so.4", "libcurl4"),
    .table = &library,
    .symbols = symbols,
    .symbol_count = sizeof symbols / sizeof *symbols,
    .begin = begin,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

bool gatehouse_curl_open(void) { return gatehouse_library_open(&libcurl); }

const char *gatehouse_curl_missing(void) { return libcurl.missing; }

typedef struct {
    gatehouse_curl_answer *answer;
    size_t limit;
    size_t capacity;
    size_t head;
    size_t head_capacity;
    // Whether the lines that arrive are those of the answer's head.
    bool is_in_head;
    // Of a mail server: whether it offered SMTPUTF8 since it greeted, and the code of a refusal that has further lines.
    bool offers_utf8;
    int continued;
} sink;

// Appends octets to a buffer that grows; false if there is no memory.
static bool grow(unsigned char **buffer, size_t *used, size_t *capacity, const char *octets, size_t length) {
    if (*used + length > *capacity) {
        const size_t larger = *capacity * 2 + length;
        unsigned char *grown = realloc(*buffer, larger);
        if (grown == NULL) return false;
        *buffer = grown;
        *capacity = larger;
    }
    memcpy(*buffer + *used, octets, length);
    *used += length;
    return true;
}

static size_t receive(char *octets, size_t size, size_t count, void *context) {
    sink *into = context;
    const size_t length = size * count;
    gatehouse_curl_answer *answer = into->answer;
    if (length > into->limit - answer->length) {
        answer->is_too_large = true;
        return 0;
    }
    return grow(&answer->body, &answer->length, &into->capacity, octets, length) ? length : 0;
}

// The most octets of all header lines and trailers of an answer, or of all a mail server says. libcurl keeps them.
static const size_t head_limit = 256 << 10;

static size_t receive_head(char *octets, size_t size, size_t count, void *context) {
    (void)octets;
    sink *into = context;
    const size_t length = size * count;
    if (length > head_limit - into->head) {
        into->answer->is_head_too_large = true;
        return 0;
    }
    into->head += length;
    return length;
}

// Keeps one line of an HTTP answer's head. A line with the version begins a head: of what came before it, an interim answer or
// that of a proxy, nothing counts. An empty line ends it: what follows the body counts as little.
static size_t receive_line(char *octets, size_t size, size_t count, void *context) {
    sink *into = context;
    const size_t length = receive_head(octets, size, count, context);
    if (length != size * count) return length;
    gatehouse_curl_answer *answer = into->answer;
    if (length >= 5 && memcmp(octets, "HTTP/", 5) == 0) {
        answer->head_length = 0;
        into->is_in_head = true;
        return length;
    }
    if (length == 0 || octets[0] == '\r' || octets[0] == '\n') into->is_in_head = false;
    if (!into->is_in_head) return length;
    return grow(&answer->head, &answer->head_length, &into->head_capacity, octets, length) ? length : 0;
}

// Reads one line of a mail server's answers (RFC 5321, section 4.2): a code, a hyphen if more lines follow, and a text.
static void read_reply(sink *into, const char *line, size_t length) {
    while (length > 0 && (line[length - 1] == '\r' || line[length - 1] == '\n')) length--;
    if (length < 3) return;
    int code = 0;
    for (size_t index = 0; index < 3; index++) {
        if (line[index] < '0' || line[index] > '9') return;
        code = code * 10 + (line[index] - '0');
    }
    const bool has_more = length > 3 && line[3] == '-';
    const char *text = line + (length > 3 ? 4 : 3);
    const size_t count = length > 3 ? length - 4 : 0;
    // What was offered in the clear does not count once the connection is encrypted.
    if (code == 220) into->offers_utf8 = false;
    if (code == 250 && count >= 8 && strncasecmp(text, "SMTPUTF8", 8) == 0 && (count == 8 || text[8] == ' '))
        into->offers_utf8 = true;
    if (code < 400) return;
    char *words = into->answer->words;
    const size_t size = sizeof into->answer->words;
    const size_t used = into->continued == code ? strlen(words) : 0;
    if (used > 0)
        snprintf(words + used, size - used, " %.*s", (int)count, text);
    else
        snprintf(words, size, "%d %.*s", code, (int)count, text);
    into->continued = has_more ? code : 0;
}

static size_t receive_reply(char *octets, size_t size, size_t count, void *context) {
    const size_t length = receive_head(octets, size, count, context);
    if (length == size * count) read_reply(context, octets, length);
    return length;
}

typedef struct {
    const unsigned char *octets;
    size_t left;
} source;

static size_t supply(char *into, size_t size, size_t count, void *context) {
    source *from = context;
    size_t length = size * count < from->left ? size * count : from->left;
    memcpy(into, from->octets, length);
    from->octets += length;
    from->left -= length;
    return length;
}

// Appends to a list; on failure the list is kept and what was missing is remembered.
static void append(struct curl_slist **list, const char *text, bool *failed) {
    struct curl_slist *longer = library.slistAppend(*list, text);
    if (longer == NULL) *failed = true; else *list = longer;
}

void gatehouse_curl_perform(const gatehouse_curl_request *request, gatehouse_curl_answer *answer) {
    memset(answer, 0, sizeof *answer);
    answer->code = CURLE_FAILED_INIT;
    if (!gatehouse_curl_open()) return;
    CURL *handle = library.easyInit();
    if (handle == NULL) return;

    const bool is_mail = request->mail_recipient != NULL || request->only_greets;
    struct curl_slist *headers = NULL, *recipients = NULL;
    sink into = {answer, request->answer_limit, 0, 0, 0, false, false, 0};
    source from = {request->body, request->body_length};
    char error[CURL_ERROR_SIZE] = "";
    bool failed = false;
    CURLcode code = CURLE_OK;
#define SET(option, value) \
    if (code == CURLE_OK) code = library.easySetopt(handle, option, value)
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_PROTOCOLS_STR, is_mail ? "smtp,smtps" : "http,https");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PROXY, request->proxy != NULL ? request->proxy : "");
    // Without a list of its own, libcurl would take the environment's.
    SET(CURLOPT_NOPROXY, request->no_proxy != NULL ? request->no_proxy : "");
    SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (request->ca_file != NULL) {
        SET(CURLOPT_CAINFO, request->ca_file);
        SET(CURLOPT_CAPATH, NULL);
    }
    SET(CURLOPT_CONNECTTIMEOUT_MS, request->connect_milliseconds);
    SET(CURLOPT_TIMEOUT_MS, request->total_milliseconds);
    SET(CURLOPT_ERRORBUFFER, error);
    SET(CURLOPT_WRITEFUNCTION, receive);
    SET(CURLOPT_WRITEDATA, &into);
    SET(CURLOPT_HEADERFUNCTION, is_mail ? receive_reply : receive_line);
    SET(CURLOPT_HEADERDATA, &into);
    if (request->username != NULL) SET(CURLOPT_USERNAME, request->username);
    if (request->password != NULL) SET(CURLOPT_PASSWORD, request->password);
    if (is_mail && request->must_start_tls) SET(CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
    if (request->only_greets) {
        SET(CURLOPT_CONNECT_ONLY, 1L);
    } else if (is_mail) {
        if (request->needs_utf8 && code == CURLE_OK) {
            // libcurl would send the address as it is to a server that does not offer the extension. What the server offers is
            // known after a command that does nothing; the mail itself then goes over the same connection.
            SET(CURLOPT_NOBODY, 1L);
            SET(CURLOPT_CUSTOMREQUEST, "NOOP");
            if (code == CURLE_OK) code = library.easyPerform(handle);
            answer->lacks_utf8 = code == CURLE_OK && !into.offers_utf8;
            SET(CURLOPT_CUSTOMREQUEST, NULL);
            SET(CURLOPT_NOBODY, 0L);
        }
        append(&recipients, request->mail_recipient, &failed);
        SET(CURLOPT_MAIL_FROM, request->mail_from);
        SET(CURLOPT_MAIL_RCPT, recipients);
        SET(CURLOPT_UPLOAD, 1L);
        SET(CURLOPT_READFUNCTION, supply);
        SET(CURLOPT_READDATA, &from);
        SET(CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_length);
    } else {
        for (size_t index = 0; index < request->header_count; index++)
            append(&headers, request->headers[index], &failed);
        append(&headers, "Expect:", &failed);
        SET(CURLOPT_HTTPHEADER, headers);
        if (request->only_gets) {
            SET(CURLOPT_HTTPGET, 1L);
        } else {
            SET(CURLOPT_POST, 1L);
            SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
            SET(CURLOPT_POSTFIELDS, request->body);
        }
    }
#undef SET
    if (failed) code = CURLE_OUT_OF_MEMORY;
    if (code == CURLE_OK && !answer->lacks_utf8) code = library.easyPerform(handle);
    answer->code = (int)code;
    library.easyGetinfo(handle, CURLINFO_RESPONSE_CODE, &answer->status);
    curl_off_t wait = 0;
    if (library.easyGetinfo(handle, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK && wait > 0) answer->retry_after = (long)wait;
    long sent = 0;
    answer->was_sent = library.easyGetinfo(handle, CURLINFO_REQUEST_SIZE, &sent) != CURLE_OK || sent > 0;
    if (code != CURLE_OK)
        snprintf(answer->error, sizeof answer->error, "%s", error[0] != 0 ? error : library.easyStrerror(code));
    library.easyCleanup(handle);
    library.slistFreeAll(headers);
    library.slistFreeAll(recipients);
}

void gatehouse_curl_release(gatehouse_curl_answer *answer) {
    free(answer->body);
    free(answer->head);
    answer->body = NULL;
    answer->head = NULL;
    answer->length = 0;
    answer->head_length = 0;
}
