// SPDX-License-Identifier: Apache-2.0
// MachineKey: the one secret of a machine from which the keys of everything personal on its disk are derived. Where
// systemd keeps it (a credential, encrypted to the TPM), a disk without its machine tells nothing; as a plain file it
// stands beside what it encrypts, and whoever has the disk has both. Not the terminal's identity (identity.h), which
// signs. Used at start; blocks for the disk.
#pragma once

#include "sync/base/result.h"
#include "sync/crypto/secret_key.h"

#include <filesystem>

namespace millpond::terminal {

// "millpond-root" in $CREDENTIALS_DIRECTORY, as `LoadCredentialEncrypted=` of systemd gives it.
inline constexpr std::string_view root_credential = "millpond-root";
inline constexpr std::string_view root_key_file = "root.key";

struct MachineKey {
  enum class Source : std::uint8_t {
    credential,  // not on the disk, or only encrypted to this machine
    plain_file,  // promise 10 is not held on this machine
    left_over,   // a credential is used, and a plain key of before still lies on the disk
  };
  crypto::SecretKey root;
  Source source{Source::plain_file};
};

// The credential where there is one, else the file in the folder, made once with mode 0600. credentials: the directory
// that systemd names; empty: none. A credential that is there and cannot be used is an error and never replaced by a
// file, because what the two encrypt differs. Errors: key_unusable (not 32 bytes, or a file that others may read),
// permission_denied, and those of base::write_file.
[[nodiscard]] base::Result<MachineKey> load_or_make_machine_key(const std::filesystem::path& folder,
                                                                const std::filesystem::path& credentials);
// Where this process finds its credentials; empty when systemd gave it none.
[[nodiscard]] std::filesystem::path credentials_directory();

// "credential", "plain_file", "left_over": for doctor.
[[nodiscard]] std::string_view source_name(MachineKey::Source source);

}  // namespace millpond::terminal
