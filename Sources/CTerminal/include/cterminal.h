// Asking for a password: what is typed does not show, and whatever ends or stops the program meanwhile shows it again.
#pragma once

// Stops showing what is typed on a terminal; 0, or the number of the error. One terminal at a time.
int gatehouse_hide_typing(int descriptor);

// Shows it again as before.
void gatehouse_show_typing(void);
