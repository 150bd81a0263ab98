#define _GNU_SOURCE
#include "cterminal.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
enum { count = sizeof signals / sizeof signals[0] };

// Written before the handlers stand and not while they do: a handler on any thread reads them whole.
static int terminal = -1;
static struct termios shown;
static struct termios hidden;
static struct sigaction before[count];

// Everything here may be called from a handler (POSIX, 2.4.3).
static void give_back(int number) {
    int saved = errno;
    // What was typed and not read yet would be the next program's, which shows it: half a password at a shell's prompt.
    tcflush(terminal, TCIFLUSH);
    tcsetattr(terminal, TCSANOW, &shown);
    ssize_t written = write(STDERR_FILENO, "\n", 1);
    (void)written;
    struct sigaction usual = {.sa_handler = SIG_DFL};
    struct sigaction own;
    sigemptyset(&usual.sa_mask);
    sigaction(number, &usual, &own);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    pthread_sigmask(SIG_UNBLOCK, &one, NULL);
    raise(number);
    // Only who was stopped comes here, and goes on.
    sigaction(number, &own, NULL);
    tcsetattr(terminal, TCSANOW, &hidden);
    errno = saved;
}

int gatehouse_hide_typing(int descriptor) {
    if (tcgetattr(descriptor, &shown) != 0) return errno;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    terminal = descriptor;
    struct sigaction own = {.sa_handler = give_back, .sa_flags = SA_RESTART};
    sigemptyset(&own.sa_mask);
    for (int index = 0; index < count; index++) {
        sigaction(signals[index], NULL, &before[index]);
        // What somebody wants to be ignored (nohup) is ignored here, too.
        if (before[index].sa_handler != SIG_IGN) sigaction(signals[index], &own, NULL);
    }
    if (tcsetattr(descriptor, TCSAFLUSH, &hidden) == 0) return 0;
    int code = errno;
    gatehouse_show_typing();
    return code;
}

void gatehouse_show_typing(void) {
    if (terminal < 0) return;
    tcsetattr(terminal, TCSAFLUSH, &shown);
    for (int index = 0; index < count; index++) sigaction(signals[index], &before[index], NULL);
    terminal = -1;
}
