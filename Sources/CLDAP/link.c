// Makes and ends connections, and bounds how long they may block.
#define _GNU_SOURCE
#include "link.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define library gatehouse_ldap_functions
#define now gatehouse_ldap_now
#define span gatehouse_ldap_span
#define bound gatehouse_ldap_bound

// The most octets of all answers to one operation, and of one of them. Whoever is in 20,000 groups has some 3 MB.
static const size_t answers_limit = 32 << 20;
static const ber_len_t answer_limit = 8 << 20;

struct timeval span(long milliseconds) {
    if (milliseconds < 1) milliseconds = 1;
    struct timeval time = {milliseconds / 1000, (milliseconds % 1000) * 1000};
    return time;
}

long now(void) {
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
    if (connection->descriptor >= 0 || library.control(buffer, LBER_SB_OPT_GET_FD, &descriptor) != 1)
        return LDAP_LOCAL_ERROR;
    connection->descriptor = descriptor;
    ber_len_t longest = answer_limit;
    if (library.control(buffer, LBER_SB_OPT_SET_MAX_INCOMING, &longest) != 1) return LDAP_LOCAL_ERROR;
    // What is longer than the socket's own buffer may block a write that poll allowed.
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &connection->time, sizeof connection->time);
    const struct timeval rest = span(connection->last - now());
    if (library.setOption(connection->ldap, LDAP_OPT_TIMEOUT, &rest) != LDAP_OPT_SUCCESS) return LDAP_LOCAL_ERROR;
    if (library.control(buffer, LBER_SB_OPT_HAS_IO, &deadline_layer) == 1) return LDAP_SUCCESS;
    return library.addLayer(buffer, &deadline_layer, LBER_SBIOD_LEVEL_PROVIDER + 1, connection);
}

static void disconnected(LDAP *ldap, Sockbuf *buffer, struct ldap_conncb *callbacks) {
    (void)ldap, (void)buffer, (void)callbacks;
}

int bound(directory_link *connection, long milliseconds) {
    // A host may have several addresses, the first of which is silent.
    struct timeval each = span(milliseconds / 2);
    connection->time = span(milliseconds);
    connection->last = connection->end = now() + milliseconds;
    connection->left = answers_limit;
    connection->is_flooded = false;
    if (library.setOption(connection->ldap, LDAP_OPT_NETWORK_TIMEOUT, &each) != LDAP_OPT_SUCCESS ||
        library.setOption(connection->ldap, LDAP_OPT_TIMEOUT, &connection->time) != LDAP_OPT_SUCCESS)
        return LDAP_PARAM_ERROR;
    return LDAP_SUCCESS;
}

static int connect_to(const gatehouse_ldap_server *server, bool verifies, directory_link **result) {
    *result = NULL;
    if (!gatehouse_ldap_open()) return GATEHOUSE_LDAP_NO_LIBRARY;
    directory_link *connection = calloc(1, sizeof *connection);
    if (connection == NULL) return LDAP_NO_MEMORY;
    connection->descriptor = -1;
    connection->callbacks = (struct ldap_conncb){connected, disconnected, connection};
    int code = library.initialize(&connection->ldap, server->url);
    if (code != LDAP_SUCCESS) {
        free(connection);
        return code;
    }
    // libldap reads of this setting whether it compares the name, and of the shared ones whether it verifies the certificate.
    const int version = LDAP_VERSION3,
              name = !verifies ? LDAP_OPT_X_TLS_NEVER
                  : server->leaves_name_to_caller ? LDAP_OPT_X_TLS_ALLOW : LDAP_OPT_X_TLS_DEMAND;
    const bool needs_tls = server->starts_tls || strcasestr(server->url, "ldaps:") != NULL;
#define SET(option, value) \
    if (code == LDAP_SUCCESS && library.setOption(connection->ldap, option, value) != LDAP_OPT_SUCCESS) \
        code = LDAP_PARAM_ERROR
    SET(LDAP_OPT_PROTOCOL_VERSION, &version);
    SET(LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    // LDAP_OPT_ON is the address of a variable of liblber, which is not linked; any address says "on".
    SET(LDAP_OPT_RESTART, &version);
    SET(LDAP_OPT_CONNECT_CB, &connection->callbacks);
    SET(LDAP_OPT_X_TLS_REQUIRE_CERT, &name);
#undef SET
    if (code == LDAP_SUCCESS && needs_tls) code = gatehouse_ldap_share_tls(connection->ldap, server->ca_file, verifies);
    if (code == LDAP_SUCCESS) code = bound(connection, server->timeout_milliseconds);
    if (code == LDAP_SUCCESS && server->starts_tls) {
        code = library.startTLS(connection->ldap, NULL, NULL);
        // An answer of the server, and none that says yes.
        if (code > 0) code = GATEHOUSE_LDAP_NO_STARTTLS;
    } else if (code == LDAP_SUCCESS) {
        code = library.connect(connection->ldap);
    }
    if (code != LDAP_SUCCESS) {
        gatehouse_ldap_close(connection);
        return code;
    }
    *result = connection;
    return LDAP_SUCCESS;
}

int gatehouse_ldap_connect(const gatehouse_ldap_server *server, void **result) {
    directory_link *connection = NULL;
    const int code = connect_to(server, true, &connection);
    *result = connection;
    return code;
}

bool gatehouse_ldap_certificate(void *context, unsigned char **octets, size_t *length) {
    directory_link *connection = context;
    struct berval certificate = {0, NULL};
    *octets = NULL;
    *length = 0;
    if (library.getOption(connection->ldap, LDAP_OPT_X_TLS_PEERCERT, &certificate) != LDAP_OPT_SUCCESS ||
        certificate.bv_val == NULL)
        return false;
    *octets = malloc(certificate.bv_len + 1);
    if (*octets != NULL) {
        memcpy(*octets, certificate.bv_val, certificate.bv_len);
        *length = certificate.bv_len;
    }
    library.memfree(certificate.bv_val);
    return *octets != NULL;
}

int gatehouse_ldap_look(const gatehouse_ldap_server *server, unsigned char **octets, size_t *length) {
    directory_link *connection = NULL;
    *octets = NULL;
    *length = 0;
    const int code = connect_to(server, false, &connection);
    if (code != LDAP_SUCCESS) return code;
    const bool is_shown = gatehouse_ldap_certificate(connection, octets, length);
    gatehouse_ldap_close(connection);
    return is_shown ? LDAP_SUCCESS : LDAP_CONNECT_ERROR;
}

bool gatehouse_ldap_is_quiet(void *context) {
    const directory_link *connection = context;
    struct pollfd socket = {connection->descriptor, POLLIN, 0};
    int found;
    do found = poll(&socket, 1, 0);
    while (found < 0 && errno == EINTR);
    return connection->descriptor >= 0 && found == 0;
}

void gatehouse_ldap_close(void *context) {
    directory_link *connection = context;
    if (connection == NULL) return;
    library.unbind(connection->ldap, NULL, NULL);
    free(connection);
}
