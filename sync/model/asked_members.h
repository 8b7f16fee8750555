// SPDX-License-Identifier: Apache-2.0
// AskedMembers: which members the parsers of published documents ask for, so that a test can hold a schema against
// them: a member that only one of the two knows is a trap for whoever writes the document. Nothing that is shipped
// asks. Hears the readers (document.h) of its own thread while it lives; of several the youngest hears.
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace millpond::model {

class AskedMembers {
 public:
  AskedMembers();
  ~AskedMembers();
  AskedMembers(const AskedMembers&) = delete;
  AskedMembers& operator=(const AskedMembers&) = delete;

  // Places as JSON pointers with "*" for every index: "/campaigns/*/ends". What a document does not lead to (the inside
  // of an object that it lacks) is not among them.
  [[nodiscard]] const std::set<std::string>& places() const { return places_; }
  // Of a reader: it asks the object at this pointer for this member.
  void note(std::string_view object, std::string_view key);

 private:
  AskedMembers* before_;
  std::set<std::string> places_;
};

}  // namespace millpond::model
