#define _GNU_SOURCE
#include "cpostgresql.h"
#include "cdynamiclibrary.h"
#include <stddef.h>

static gatehouse_libpq library;

static const gatehouse_symbol symbols[] = {
    {"PQconnectPoll", offsetof(gatehouse_libpq, connectPoll), false},
    {"PQconninfoParse", offsetof(gatehouse_libpq, conninfoParse), false},
    {"PQconninfoFree", offsetof(gatehouse_libpq, conninfoFree), false},
    {"PQfreemem", offsetof(gatehouse_libpq, freemem), false},
    {"PQconnectStartParams", offsetof(gatehouse_libpq, connectStartParams), false},
    {"PQstatus", offsetof(gatehouse_libpq, status), false},
    {"PQerrorMessage", offsetof(gatehouse_libpq, errorMessage), false},
    {"PQsocket", offsetof(gatehouse_libpq, socket), false},
    {"PQfinish", offsetof(gatehouse_libpq, finish), false},
    {"PQsetnonblocking", offsetof(gatehouse_libpq, setnonblocking), false},
    {"PQsendQuery", offsetof(gatehouse_libpq, sendQuery), false},
    {"PQsendQueryParams", offsetof(gatehouse_libpq, sendQueryParams), false},
    {"PQsetSingleRowMode", offsetof(gatehouse_libpq, setSingleRowMode), false},
    {"PQflush", offsetof(gatehouse_libpq, flush), false},
    {"PQconsumeInput", offsetof(gatehouse_libpq, consumeInput), false},
    {"PQisBusy", offsetof(gatehouse_libpq, isBusy), false},
    {"PQgetResult", offsetof(gatehouse_libpq, getResult), false},
    {"PQresultStatus", offsetof(gatehouse_libpq, resultStatus), false},
    {"PQresultErrorField", offsetof(gatehouse_libpq, resultErrorField), false},
    {"PQclear", offsetof(gatehouse_libpq, clear), false},
    {"PQntuples", offsetof(gatehouse_libpq, ntuples), false},
    {"PQnfields", offsetof(gatehouse_libpq, nfields), false},
    {"PQftype", offsetof(gatehouse_libpq, ftype), false},
    {"PQgetisnull", offsetof(gatehouse_libpq, getisnull), false},
    {"PQgetvalue", offsetof(gatehouse_libpq, getvalue), false},
    {"PQgetlength", offsetof(gatehouse_libpq, getlength), false},
    {"PQcmdTuples", offsetof(gatehouse_libpq, cmdTuples), false},
    {"PQsetNoticeReceiver", offsetof(gatehouse_libpq, setNoticeReceiver), false},
};

static gatehouse_library libpq = {
    .files = {"libpq.so.5"},
    .missing = GATEHOUSE_LIBRARY_MISSING("libpq.so.5", "libpq5"),
    .table = &library,
    .symbols = symbols,
    .symbol_count = sizeof symbols / sizeof *symbols,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

const gatehouse_libpq *gatehouse_libpq_open(void) { return gatehouse_library_open(&libpq) ? &library : NULL; }

const char *gatehouse_libpq_missing(void) { return libpq.missing; }

static void ignore_notice(void *unused, const PGresult *notice) {
    (void)unused;
    (void)notice;
}

void gatehouse_libpq_silence(const gatehouse_libpq *library, PGconn *connection) {
    library->setNoticeReceiver(connection, ignore_notice, NULL);
}
