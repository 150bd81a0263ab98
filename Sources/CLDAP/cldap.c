#define _GNU_SOURCE
#include "library.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define library gatehouse_ldap_functions

// A connection, with what bounds how long it may block.
typedef struct {
    LDAP *ldap;
    struct ldap_conncb callbacks;
    int descriptor;
    // Over how many servers the time is spread while one is looked for.
    long servers;
    struct timeval time;
    // Of the operation, and of what is being waited for; on the monotonic clock, in milliseconds.
    long last, end;
    // How many octets the answers to the present operation may still have, and whether there were more.
    size_t left;
    bool is_flooded;
} directory_link;

// The most octets of all answers to one operation, and of one of them. Whoever is in 20,000 groups has some 3 MB.
static const size_t answers_limit = 32 << 20;
static const ber_len_t answer_limit = 8 << 20;

static struct timeval span(long milliseconds) {
    if (milliseconds < 1) milliseconds = 1;
    struct timeval time = {milliseconds / 1000, (milliseconds % 1000) * 1000};
    return time;
}

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// libldap's own limits are for the beginning of an answer: for the rest it waits without end, and with GnuTLS it asks again and
// again during the handshake. This layer between the socket and TLS waits for the socket, until the end and no longer.
static bool is_ready(const directory_link *connection, short events) {
    struct pollfd socket = {connection->descriptor, events, 0};
    int found;
    do {
        const long rest = connection->end - now();
        found = poll(&socket, 1, rest < 0 ? 0 : (int)rest);
    } while (found < 0 && errno == EINTR);
    if (found == 0) errno = ETIMEDOUT;
    return found > 0;
}

static int layer_setup(Sockbuf_IO_Desc *layer, void *connection) {
    layer->sbiod_pvt = connection;
    return 0;
}

static int layer_remove(Sockbuf_IO_Desc *layer) {
    (void)layer;
    return 0;
}

static int layer_control(Sockbuf_IO_Desc *layer, int option, void *value) {
    return LBER_SBIOD_CTRL_NEXT(layer, option, value);
}

static ber_slen_t layer_read(Sockbuf_IO_Desc *layer, void *octets, ber_len_t length) {
    directory_link *connection = layer->sbiod_pvt;
    if (!is_ready(connection, POLLIN)) return -1;
    // Whoever always has more to say is not waited for, either; what came while this process stood still is read.
    if (now() - connection->end > 500) {
        errno = ETIMEDOUT;
        return -1;
    }
    const ber_slen_t count = LBER_SBIOD_READ_NEXT(layer, octets, length);
    if (count <= 0) return count;
    if ((size_t)count > connection->left) {
        connection->left = 0;
        connection->is_flooded = true;
        errno = EMSGSIZE;
        return -1;
    }
    connection->left -= (size_t)count;
    return count;
}

static ber_slen_t layer_write(Sockbuf_IO_Desc *layer, void *octets, ber_len_t length) {
    return is_ready(layer->sbiod_pvt, POLLOUT) ? LBER_SBIOD_WRITE_NEXT(layer, octets, length) : -1;
}

static Sockbuf_IO deadline_layer = {layer_setup, layer_remove, layer_control, layer_read, layer_write, NULL};

static int connected(LDAP *ldap, Sockbuf *buffer, LDAPURLDesc *server, struct sockaddr *address, struct ldap_conncb *callbacks) {
    (void)ldap, (void)server, (void)address;
    directory_link *connection = callbacks->lc_arg;
    ber_socket_t descriptor = -1;
    if (library.control(buffer, LBER_SB_OPT_GET_FD, &descriptor) != 1) return LDAP_LOCAL_ERROR;
    connection->descriptor = descriptor;
    ber_len_t longest = answer_limit;
    if (library.control(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &longest) != 1) return LDAP_LOCAL_ERROR;
    // What is longer than the socket's own buffer may block a write that poll allowed.
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &connection->time, sizeof connection->time);
    // Another server before this one may have taken its part, and the next one has to have some, too.
    const long start = now();
    const struct timeval rest = span(connection->last - start);
    connection->end = start + (connection->last - start) / connection->servers;
    if (library.setOption(connection->ldap, LDAP_OPT_TIMEOUT, &rest) != LDAP_OPT_SUCCESS) return LDAP_LOCAL_ERROR;
    if (library.control(buffer, LBER_SB_OPT_HAS_IO, &deadline_layer) == 1) return LDAP_SUCCESS;
    return library.addLayer(buffer, &deadline_layer, LBER_SBIOD_LEVEL_PROVIDER + 1, connection);
}

static void disconnected(LDAP *ldap, Sockbuf *buffer, struct ldap_conncb *callbacks) {
    (void)ldap, (void)buffer, (void)callbacks;
}

// From now on operations may take so long.
static int bound(directory_link *connection, long milliseconds) {
    struct timeval each = span(milliseconds / (connection->servers + 1));
    connection->time = span(milliseconds);
    connection->last = connection->end = now() + milliseconds;
    connection->left = answers_limit;
    connection->is_flooded = false;
    if (library.setOption(connection->ldap, LDAP_OPT_NETWORK_TIMEOUT, &each) != LDAP_OPT_SUCCESS ||
        library.setOption(connection->ldap, LDAP_OPT_TIMEOUT, &connection->time) != LDAP_OPT_SUCCESS)
        return LDAP_PARAM_ERROR;
    return LDAP_SUCCESS;
}

int gatehouse_ldap_connect(const gatehouse_ldap_server *server, void **result) {
    *result = NULL;
    if (!gatehouse_ldap_open()) return GATEHOUSE_LDAP_NO_LIBRARY;
    directory_link *connection = calloc(1, sizeof *connection);
    if (connection == NULL) return LDAP_NO_MEMORY;
    connection->descriptor = -1;
    connection->servers = 1;
    for (const char *url = server->urls; *url != 0; url++) connection->servers += *url == ' ';
    connection->callbacks = (struct ldap_conncb){connected, disconnected, connection};
    int code = library.initialize(&connection->ldap, server->urls);
    if (code != LDAP_SUCCESS) {
        free(connection);
        return code;
    }
    const int version = LDAP_VERSION3, demand = LDAP_OPT_X_TLS_DEMAND;
    const bool needs_tls = server->starts_tls || strcasestr(server->urls, "ldaps:") != NULL;
#define SET(option, value) \
    if (code == LDAP_SUCCESS && library.setOption(connection->ldap, option, value) != LDAP_OPT_SUCCESS) \
        code = LDAP_PARAM_ERROR
    SET(LDAP_OPT_PROTOCOL_VERSION, &version);
    SET(LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    // LDAP_OPT_ON is the address of a variable of liblber, which is not linked; any address says "on".
    SET(LDAP_OPT_RESTART, &version);
    SET(LDAP_OPT_CONNECT_CB, &connection->callbacks);
    SET(LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);
#undef SET
    if (code == LDAP_SUCCESS && needs_tls) code = gatehouse_ldap_share_tls(connection->ldap, server->ca_file);
    if (code == LDAP_SUCCESS) code = bound(connection, server->timeout_milliseconds);
    if (code == LDAP_SUCCESS && server->starts_tls) code = library.startTLS(connection->ldap, NULL, NULL);
    if (code != LDAP_SUCCESS) {
        gatehouse_ldap_close(connection);
        return code;
    }
    *result = connection;
    return LDAP_SUCCESS;
}

// Waits for the next answer to an operation.
static int next_answer(directory_link *connection, int id, LDAPMessage **answer) {
    const long left = connection->last - now();
    if (left <= 0) return LDAP_TIMEOUT;
    struct timeval rest = span(left);
    const int type = library.result(connection->ldap, id, LDAP_MSG_ONE, &rest, answer);
    if (type > 0) return LDAP_SUCCESS;
    if (connection->is_flooded) return GATEHOUSE_LDAP_TOO_MUCH;
    if (type == 0) return LDAP_TIMEOUT;
    int code = LDAP_SERVER_DOWN;
    if (library.getOption(connection->ldap, LDAP_OPT_RESULT_CODE, &code) != LDAP_OPT_SUCCESS || code == LDAP_SUCCESS)
        return LDAP_SERVER_DOWN;
    return code;
}

static int result_code(directory_link *connection, LDAPMessage *answer, LDAPControl ***controls) {
    int code = LDAP_DECODING_ERROR;
    const int parsed = library.parseResult(connection->ldap, answer, &code, NULL, NULL, NULL, controls, 0);
    return parsed == LDAP_SUCCESS ? code : parsed;
}

// Notes what the answer to a bind says beside its code.
static int read_remark(directory_link *connection, LDAPMessage *answer, gatehouse_ldap_remark *remark) {
    int code = LDAP_DECODING_ERROR;
    char *text = NULL;
    LDAPControl **controls = NULL;
    const int parsed = library.parseResult(connection->ldap, answer, &code, NULL, &text, NULL, &controls, 0);
    if (parsed != LDAP_SUCCESS) return parsed;
    if (text != NULL) {
        remark->length = strnlen(text, sizeof remark->text);
        memcpy(remark->text, text, remark->length);
        library.memfree(text);
    }
    LDAPControl *policy = controls == NULL ? NULL : library.findControl(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, NULL);
    LDAPPasswordPolicyError error = PP_noError;
    ber_int_t expires = 0, grace = 0;
    if (policy != NULL && library.parsePasswordPolicy(connection->ldap, policy, &expires, &grace, &error) == LDAP_SUCCESS &&
        error != PP_noError)
        remark->policy_error = error;
    if (controls != NULL) library.freeControls(controls);
    return code;
}

int gatehouse_ldap_bind(
    void *context, const char *name, const char *password, size_t length, long timeout_milliseconds,
    gatehouse_ldap_remark *remark) {
    directory_link *connection = context;
    remark->policy_error = -1;
    remark->length = 0;
    int code = bound(connection, timeout_milliseconds), id = -1;
    if (code != LDAP_SUCCESS) return code;
    struct berval credentials = {length, (char *)password};
    // Not critical: a server that does not know it says nothing about the account.
    LDAPControl policy = {LDAP_CONTROL_PASSWORDPOLICYREQUEST, {0, NULL}, 0}, *controls[] = {&policy, NULL};
    code = library.bind(connection->ldap, name, LDAP_SASL_SIMPLE, &credentials, controls, NULL, &id);
    if (code != LDAP_SUCCESS) return code;
    LDAPMessage *answer = NULL;
    code = next_answer(connection, id, &answer);
    if (code != LDAP_SUCCESS) return code;
    // ldap_sasl_bind_s takes the good end of a search for a good bind.
    code = library.messageType(answer) == LDAP_RES_BIND ? read_remark(connection, answer, remark)
                                                        : GATEHOUSE_LDAP_SENSELESS;
    library.msgfree(answer);
    return code;
}

int gatehouse_ldap_who_am_i(void *context, long timeout_milliseconds, gatehouse_ldap_value value, void *receiver) {
    directory_link *connection = context;
    int code = bound(connection, timeout_milliseconds), id = -1;
    if (code != LDAP_SUCCESS) return code;
    code = library.extended(connection->ldap, LDAP_EXOP_WHO_AM_I, NULL, NULL, NULL, &id);
    if (code != LDAP_SUCCESS) return code;
    LDAPMessage *answer = NULL;
    code = next_answer(connection, id, &answer);
    if (code != LDAP_SUCCESS) return code;
    struct berval *name = NULL;
    if (library.messageType(answer) != LDAP_RES_EXTENDED) code = GATEHOUSE_LDAP_SENSELESS;
    else code = result_code(connection, answer, NULL);
    if (code == LDAP_SUCCESS) code = library.parseExtended(connection->ldap, answer, NULL, &name, 0);
    if (code == LDAP_SUCCESS && name != NULL && name->bv_len > 0 && !value(receiver, NULL, name->bv_val, name->bv_len))
        code = GATEHOUSE_LDAP_STOPPED;
    if (name != NULL) library.freeOctets(name);
    library.msgfree(answer);
    return code;
}

// Reports an entry. One without a name is the server itself, and nobody who could sign in: only who asks for it gets it.
static int report(LDAP *handle, LDAPMessage *entry, bool is_root, gatehouse_ldap_value value, void *context) {
    char *name = library.getDN(handle, entry);
    if (name == NULL) return LDAP_DECODING_ERROR;
    const bool is_named = (name[0] == 0) == is_root;
    bool goes_on = is_named && value(context, NULL, name, strlen(name));
    library.memfree(name);
    if (!is_named) return GATEHOUSE_LDAP_SENSELESS;
    BerElement *position = NULL;
    for (char *attribute = goes_on ? library.firstAttribute(handle, entry, &position) : NULL; attribute != NULL;
         attribute = goes_on ? library.nextAttribute(handle, entry, position) : NULL) {
        struct berval **values = library.getValues(handle, entry, attribute);
        for (size_t index = 0; goes_on && values != NULL && values[index] != NULL; index++)
            goes_on = value(context, attribute, values[index]->bv_val, values[index]->bv_len);
        library.freeValues(values);
        library.memfree(attribute);
    }
    if (position != NULL) library.berFree(position, 0);
    return goes_on ? LDAP_SUCCESS : GATEHOUSE_LDAP_STOPPED;
}

// What asks for the next page; empty after the last one.
static int next_page(LDAP *handle, LDAPControl **controls, struct berval *cookie) {
    LDAPControl *answer = library.findControl(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
    struct berval next = {0, NULL};
    ber_int_t estimate = 0;
    int code = LDAP_SUCCESS;
    if (answer != NULL && library.parsePage(handle, answer, &estimate, &next) == LDAP_SUCCESS && next.bv_len > 0) {
        cookie->bv_val = malloc(next.bv_len);
        if (cookie->bv_val == NULL) code = LDAP_NO_MEMORY;
        else {
            memcpy(cookie->bv_val, next.bv_val, next.bv_len);
            cookie->bv_len = next.bv_len;
        }
    }
    if (next.bv_val != NULL) library.memfree(next.bv_val);
    return code;
}

int gatehouse_ldap_search(
    void *connection, const char *base, bool is_entry, const char *filter, const char *const *attributes, int limit,
    long timeout_milliseconds, gatehouse_ldap_value value, void *context) {
    directory_link *link = connection;
    LDAP *handle = link->ldap;
    struct berval cookie = {0, NULL};
    int left = limit, code = LDAP_SUCCESS;
    const long end = now() + timeout_milliseconds;
    // One entry has no pages, and a search for at most two needs none.
    const bool is_paged = !is_entry && limit > 500;
    do {
        const long rest = end - now();
        code = rest > 0 ? bound(link, rest) : LDAP_TIMEOUT;
        if (code != LDAP_SUCCESS) break;
        LDAPControl *page = NULL, *controls[2] = {NULL, NULL};
        int id = -1;
        if (is_paged) {
            // Not critical: a server without pages gives everything at once.
            code = library.createPage(handle, 500, &cookie, 0, &page);
            if (code != LDAP_SUCCESS) break;
            controls[0] = page;
        }
        code = library.search(
            handle, base, is_entry ? LDAP_SCOPE_BASE : LDAP_SCOPE_SUBTREE, filter, (char **)attributes, 0,
            is_paged ? controls : NULL, NULL, &link->time, is_paged ? 0 : limit + 1, &id);
        if (page != NULL) library.freeControl(page);
        free(cookie.bv_val);
        cookie = (struct berval){0, NULL};
        // One by one: libldap would keep them all until the last one is there.
        for (bool is_done = false; code == LDAP_SUCCESS && !is_done;) {
            LDAPMessage *answer = NULL;
            code = next_answer(link, id, &answer);
            if (code != LDAP_SUCCESS) break;
            LDAPControl **answers = NULL;
            switch (library.messageType(answer)) {
            case LDAP_RES_SEARCH_ENTRY:
                code = left-- > 0 ? report(handle, answer, is_entry && base[0] == 0, value, context) : LDAP_SIZELIMIT_EXCEEDED;
                break;
            case LDAP_RES_SEARCH_REFERENCE: break;
            case LDAP_RES_SEARCH_RESULT:
                is_done = true;
                code = result_code(link, answer, &answers);
                if (code == LDAP_SUCCESS && is_paged && answers != NULL) code = next_page(handle, answers, &cookie);
                if (answers != NULL) library.freeControls(answers);
                break;
            default: code = GATEHOUSE_LDAP_SENSELESS;
            }
            library.msgfree(answer);
        }
    } while (code == LDAP_SUCCESS && cookie.bv_len > 0);
    free(cookie.bv_val);
    return code;
}

void gatehouse_ldap_close(void *context) {
    directory_link *connection = context;
    if (connection == NULL) return;
    library.unbind(connection->ldap, NULL, NULL);
    free(connection);
}

const char *gatehouse_ldap_text(int code) {
    if (code == GATEHOUSE_LDAP_SENSELESS) return "the server's answer is none to what was asked";
    if (code == GATEHOUSE_LDAP_TOO_MUCH) return "the answer is longer than 32 MiB";
    if (code == GATEHOUSE_LDAP_NO_LIBRARY || !gatehouse_ldap_open())
        return "libldap-2.5.so.0 cannot be opened: install the package libldap-2.5-0";
    return library.text(code);
}
