#define _GNU_SOURCE
#include "link.h"
#include <stdlib.h>
#include <string.h>

#define library gatehouse_ldap_functions
#define now gatehouse_ldap_now
#define span gatehouse_ldap_span
#define bound gatehouse_ldap_bound

// Whether the server said that it will answer no more (RFC 4511, section 4.4.1), and did not close the connection.
static bool is_given_notice(directory_link *connection) {
    LDAPMessage *notice = NULL;
    struct timeval none = {0, 0};
    const int type = library.result(connection->ldap, LDAP_RES_UNSOLICITED, LDAP_MSG_ONE, &none, &notice);
    if (notice != NULL) library.msgfree(notice);
    return type > 0;
}

// Waits for the next answer to an operation, and looks twice a second for a notice that there will be none.
static int next_answer(directory_link *connection, int id, LDAPMessage **answer) {
    int type = 0;
    while (type == 0) {
        const long left = connection->last - now();
        if (left <= 0) return LDAP_TIMEOUT;
        struct timeval rest = span(left < 500 ? left : 500);
        type = library.result(connection->ldap, id, LDAP_MSG_ONE, &rest, answer);
        if (type > 0) return LDAP_SUCCESS;
        if (connection->is_flooded) return GATEHOUSE_LDAP_TOO_MUCH;
        if (type == 0 && is_given_notice(connection)) return LDAP_SERVER_DOWN;
    }
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

const char *gatehouse_ldap_text(int code) {
    if (code == GATEHOUSE_LDAP_SENSELESS) return "the server's answer is none to what was asked";
    if (code == GATEHOUSE_LDAP_TOO_MUCH) return "the answer is longer than 32 MiB";
    if (code == GATEHOUSE_LDAP_NO_STARTTLS) return "the server refuses StartTLS";
    if (code == GATEHOUSE_LDAP_NO_LIBRARY || !gatehouse_ldap_open())
        return gatehouse_ldap_missing();
    return library.text(code);
}
