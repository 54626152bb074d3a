#!/bin/sh
# Asks the hub for a streamed answer with nothing but curl.
#   HUB_URL=http://127.0.0.1:4180 HUB_KEY=sk-hub-… HUB_MODEL=openai/gpt-4.1-nano sh examples/curl/chat.sh "Say hello."
set -eu

url=${HUB_URL:-http://127.0.0.1:4180}
model=${HUB_MODEL:-simulated-chat}
key=${HUB_KEY:?set HUB_KEY to a virtual key, sk-hub-…}
question=${1:-Say hello in one sentence.}

# A question may hold quotes, backslashes and line ends; JSON wants them escaped.
escape() {
  printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' | awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }'
}

# --no-buffer shows each event as it comes; --fail-with-body ends with an error where the hub answers one.
curl --silent --show-error --no-buffer --fail-with-body "$url/v1/chat/completions" \
  --header "Authorization: Bearer $key" \
  --header 'Content-Type: application/json' \
  --data "{\"model\":\"$(escape "$model")\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"$(escape "$question")\"}]}"
