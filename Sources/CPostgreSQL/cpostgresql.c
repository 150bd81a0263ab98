#define _GNU_SOURCE
#include "cpostgresql.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

static gatehouse_libpq library;
static int is_open;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
    void *handle = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return;
#define FIND(field, name) \
    if ((library.field = (__typeof__(library.field))dlsym(handle, name)) == NULL) return
    FIND(connectPoll, "PQconnectPoll");
    FIND(conninfoParse, "PQconninfoParse");
    FIND(conninfoFree, "PQconninfoFree");
    FIND(freemem, "PQfreemem");
    FIND(connectStartParams, "PQconnectStartParams");
    FIND(status, "PQstatus");
    FIND(errorMessage, "PQerrorMessage");
    FIND(socket, "PQsocket");
    FIND(finish, "PQfinish");
    FIND(setnonblocking, "PQsetnonblocking");
    FIND(sendQuery, "PQsendQuery");
    FIND(sendQueryParams, "PQsendQueryParams");
    FIND(setSingleRowMode, "PQsetSingleRowMode");
    FIND(flush, "PQflush");
    FIND(consumeInput, "PQconsumeInput");
    FIND(isBusy, "PQisBusy");
    FIND(getResult, "PQgetResult");
    FIND(resultStatus, "PQresultStatus");
    FIND(resultErrorField, "PQresultErrorField");
    FIND(clear, "PQclear");
    FIND(ntuples, "PQntuples");
    FIND(nfields, "PQnfields");
    FIND(ftype, "PQftype");
    FIND(getisnull, "PQgetisnull");
    FIND(getvalue, "PQgetvalue");
    FIND(getlength, "PQgetlength");
    FIND(cmdTuples, "PQcmdTuples");
    FIND(setNoticeReceiver, "PQsetNoticeReceiver");
#undef FIND
    is_open = 1;
}

const gatehouse_libpq *gatehouse_libpq_open(void) {
    pthread_once(&once, open_library);
    return is_open ? &library : NULL;
}

static void ignore_notice(void *unused, const PGresult *notice) {
    (void)unused;
    (void)notice;
}

void gatehouse_libpq_silence(const gatehouse_libpq *library, PGconn *connection) {
    library->setNoticeReceiver(connection, ignore_notice, NULL);
}
