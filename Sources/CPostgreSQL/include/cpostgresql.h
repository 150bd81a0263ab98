// libpq, opened when a configuration asks for PostgreSQL: linking it costs every other installation memory and 25 libraries.
#pragma once
#include <postgresql/libpq-fe.h>

// The functions that are called, with the types of libpq's own header.
typedef struct {
    __typeof__(&PQconnectPoll) connectPoll;
    __typeof__(&PQconninfoParse) conninfoParse;
    __typeof__(&PQconninfoFree) conninfoFree;
    __typeof__(&PQfreemem) freemem;
    __typeof__(&PQconnectStartParams) connectStartParams;
    __typeof__(&PQstatus) status;
    __typeof__(&PQerrorMessage) errorMessage;
    __typeof__(&PQsocket) socket;
    __typeof__(&PQfinish) finish;
    __typeof__(&PQsetnonblocking) setnonblocking;
    __typeof__(&PQsendQuery) sendQuery;
    __typeof__(&PQsendQueryParams) sendQueryParams;
    __typeof__(&PQsetSingleRowMode) setSingleRowMode;
    __typeof__(&PQflush) flush;
    __typeof__(&PQconsumeInput) consumeInput;
    __typeof__(&PQisBusy) isBusy;
    __typeof__(&PQgetResult) getResult;
    __typeof__(&PQresultStatus) resultStatus;
    __typeof__(&PQresultErrorField) resultErrorField;
    __typeof__(&PQclear) clear;
    __typeof__(&PQntuples) ntuples;
    __typeof__(&PQnfields) nfields;
    __typeof__(&PQftype) ftype;
    __typeof__(&PQgetisnull) getisnull;
    __typeof__(&PQgetvalue) getvalue;
    __typeof__(&PQgetlength) getlength;
    __typeof__(&PQcmdTuples) cmdTuples;
    __typeof__(&PQsetNoticeReceiver) setNoticeReceiver;
} gatehouse_libpq;

// Opens libpq.so.5 and finds every function; NULL if that fails. The library stays open.
const gatehouse_libpq *gatehouse_libpq_open(void);

// What an operator is told if that fails.
const char *gatehouse_libpq_missing(void);

// Keeps libpq from printing notices on standard error.
void gatehouse_libpq_silence(const gatehouse_libpq *library, PGconn *connection);
