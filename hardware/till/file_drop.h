// SPDX-License-Identifier: Apache-2.0
// FileDrop: the gateway for tills that can write a file and nothing more. A till writes a sale to a file of its own,
// fsyncs it and renames it to in/NAME.sale; the answer comes as done/NAME.answer, or reject/NAME.answer with why, and
// the place in the file where that is. A file is what the gateway is posted, in the same words:
//
//   Millpond-Key: till-1-5f0c...
//   Millpond-Timestamp: 1795228920
//   Millpond-Nonce: 0f1e2d3c4b5a6978
//   Millpond-Signature: hex, as for POST /v1/sales
//   (an empty line)
//   {"store": 1, ...}
//
// in/NAME.refund is what POST /v1/refunds is sent, and in/NAME.void what the void of a sale is sent, with that path in
// a header line of its own ("Millpond-Target: /v1/sales/1/till-1/2026-11-21/17/void"). Their answers keep the ending:
// done/NAME.refund.answer. Of several files sales are taken first.
//
// How old a file is does not matter: it may have lain while the machine was off. A sale of more than two minutes ago is
// not of whoever is at the screen now. The same sale twice is answered twice the same, because its key was recorded. A
// file is taken away only after its answer is on the disk; what cannot be committed now stays and is tried again. It
// may name a person (a typed phone, a payment code, a PIN), so nothing of it is kept, whatever the answer. One thread
// of its own, which the handler blocks.
#pragma once

#include "hardware/till/gateway.h"
#include "sync/http/server.h"

#include <filesystem>

namespace millpond::till {

inline constexpr std::size_t drop_file_bytes_max = body_bytes_max + 4'096;
inline constexpr int drop_kept_days = 30;  // of answers in done/ and reject/

inline constexpr std::string_view header_target = "Millpond-Target";  // of a void

struct FileDropSettings {
  std::filesystem::path folder;  // in/, done/ and reject/ are made below it
  std::int64_t look_ms{500};
};

// What a file asks for, as if it had been posted to the sales: its header lines, and the rest as body. Says nothing
// about who signed it. Error: bad_input (more than 16 header lines, one that is none, or no empty line behind them).
// Pure; any thread.
[[nodiscard]] base::Result<http::Request> read_dropped_file(base::ByteView content);

class FileDrop {
 public:
  // The handler outlives it. Error: file_unwritable.
  [[nodiscard]] static base::Result<std::unique_ptr<FileDrop>> start(FileDropSettings settings, std::vector<Key> keys,
                                                                     ports::TillHandler& handler,
                                                                     const base::Clock& clock);
  virtual ~FileDrop() = default;
  virtual void add_key(Key key) = 0;  // any thread
};

}  // namespace millpond::till
