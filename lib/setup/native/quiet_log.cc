// Raises the log level before libtensorflow's own initialisers run: this library
// is linked with `-z initfirst`. libtensorflow sets the level only in Python.
#include <cstdlib>

#include "absl/log/globals.h"

static const bool quiet = [] {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(
      level ? std::atoi(level) : static_cast<int>(absl::LogSeverity::kError)));
  return true;
}();
