// SPDX-License-Identifier: Apache-2.0
// The command "print": the printer and its slips for a technician or a cashier at the command line. Runs on the work
// thread and answers there; what needs the printer waits for it on the printing thread in between.
#pragma once

#include "kiosk/service/commands.h"
#include "kiosk/service/loop.h"
#include "kiosk/service/settings.h"

namespace millpond::service {

class Shop;

// {"do": "state"} asks the printer; {"do": "self_test"} prints the page; {"do": "drawer"} opens the cash drawer;
// {"do": "again", "event"} prints a slip once more, marked so; {"do": "preview", "event"} answers with the slip as a
// PNG in hexadecimal, {"do": "preview"} with the self-test page; nothing of either is printed. Errors: bad_input,
// config_invalid (no printer is set up), overloaded, not_found, unsupported (no drawer), those of
// Printing::print_again() and ports::Printer.
void run_print_command(Shop& shop, const Settings& settings, Loop& work, const std::string& params_json, Reply reply);

}  // namespace millpond::service
