#define _GNU_SOURCE
#include "cpam.h"
#include "cdynamiclibrary.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// How often one service may ask for the same password.
#define MOST_ANSWERS 8

static gatehouse_libpam library;

static const gatehouse_symbol symbols[] = {
    {"pam_start", offsetof(gatehouse_libpam, start), false},
    {"pam_start_confdir", offsetof(gatehouse_libpam, startConfdir), false},
    {"pam_end", offsetof(gatehouse_libpam, end), false},
    {"pam_authenticate", offsetof(gatehouse_libpam, authenticate), false},
    {"pam_acct_mgmt", offsetof(gatehouse_libpam, acctMgmt), false},
    {"pam_set_item", offsetof(gatehouse_libpam, setItem), false},
    {"pam_get_item", offsetof(gatehouse_libpam, getItem), false},
};

static gatehouse_library libpam = {
    .files = {"libpam.so.0"},
    .missing = GATEHOUSE_LIBRARY_MISSING("libpam.so.0", "libpam0g"),
    .table = &library,
    .symbols = symbols,
    .symbol_count = sizeof symbols / sizeof *symbols,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

const gatehouse_libpam *gatehouse_libpam_open(void) { return gatehouse_library_open(&libpam) ? &library : NULL; }

const char *gatehouse_libpam_missing(void) { return libpam.missing; }

static void release(struct pam_response *answers, int count) {
    for (int index = 0; index < count; index++) {
        if (answers[index].resp == NULL) continue;
        explicit_bzero(answers[index].resp, strlen(answers[index].resp));
        free(answers[index].resp);
    }
    free(answers);
}

// The password answers one question, however often it is asked: a second question may mean a one-time code or a new
// password.
static const char *password(gatehouse_pam_talk *talk, const char *prompt) {
    if (prompt == NULL) prompt = "";
    const size_t length = strlen(prompt);
    if (talk->password == NULL || length >= sizeof(talk->prompt) || talk->answers >= MOST_ANSWERS) return NULL;
    if (talk->answers > 0 && strcmp(talk->prompt, prompt) != 0) return NULL;
    memcpy(talk->prompt, prompt, length + 1);
    talk->answers += 1;
    return talk->password;
}

static int converse(int count, const struct pam_message **messages, struct pam_response **answers, void *data) {
    gatehouse_pam_talk *talk = data;
    if (talk == NULL || count <= 0 || count > PAM_MAX_NUM_MSG) return PAM_CONV_ERR;
    struct pam_response *made = calloc((size_t)count, sizeof(*made));
    if (made == NULL) return PAM_BUF_ERR;
    for (int index = 0; index < count; index++) {
        const char *answer = NULL;
        switch (messages[index]->msg_style) {
        case PAM_PROMPT_ECHO_OFF: answer = password(talk, messages[index]->msg); break;
        case PAM_PROMPT_ECHO_ON: answer = talk->name; break;
        case PAM_ERROR_MSG:
        case PAM_TEXT_INFO: continue;
        default: break;
        }
        if (answer == NULL) {
            talk->isOverasked = true;
            release(made, count);
            return PAM_CONV_ERR;
        }
        made[index].resp = strdup(answer);
        if (made[index].resp == NULL) {
            release(made, count);
            return PAM_BUF_ERR;
        }
    }
    *answers = made;
    return PAM_SUCCESS;
}

static void do_not_wait(int result, unsigned microseconds, void *data) {
    (void)result;
    (void)microseconds;
    (void)data;
}

int gatehouse_pam_begin(
    const gatehouse_libpam *library, const char *service, const char *folder, gatehouse_pam_talk *talk,
    pam_handle_t **handle) {
    const struct pam_conv conversation = {converse, talk};
    *handle = NULL;
    int result = folder == NULL ? library->start(service, talk->name, &conversation, handle)
                                : library->startConfdir(service, talk->name, &conversation, folder, handle);
    if (result != PAM_SUCCESS || *handle == NULL) {
        *handle = NULL;
        return result == PAM_SUCCESS ? PAM_SYSTEM_ERR : result;
    }
    void (*delay)(int, unsigned, void *) = do_not_wait;
    result = library->setItem(*handle, PAM_FAIL_DELAY, (const void *)delay);
    if (result != PAM_SUCCESS) {
        library->end(*handle, result);
        *handle = NULL;
    }
    return result;
}
