#!/usr/bin/env bash
# Builds everything, runs every test, and ends with "N passed, N failed". --all adds the load scenarios.
set -euo pipefail
cd "$(dirname "$0")"

# The journeys use a real nginx as somebody else's upstream, share rollouts through a real Redis, and ask a real Prometheus.
needs() { # program, package, service
  if command -v "$1" >/dev/null; then return; fi
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    [ -n "${updated:-}" ] || { apt-get update -qq; updated=1; }
    apt-get install -y -qq --no-install-recommends "$2" >/dev/null
    # The package starts a server of its own; the journeys start theirs.
    [ -z "$3" ] || service "$3" stop >/dev/null 2>&1 || true
  else
    echo "The journeys need $1: install it with 'apt-get install $2' (or your system's package) and run ./test.sh again." >&2
    exit 1
  fi
}
needs nginx nginx-light nginx
needs redis-server redis-server redis-server
needs redis-sentinel redis-sentinel redis-sentinel
needs prometheus prometheus prometheus
# One journey cuts a network in two, which takes root; without it that one is skipped, and says so.
if [ "$(id -u)" = 0 ]; then
  needs ip iproute2 ""
  needs iptables iptables ""
fi

# The live page is looked at in a real browser.
needs chromium chromium ""

# Some journeys use the OpenFeature clients, as Node applications have them, and drive the browser.
if ! command -v npm >/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null
  else
    echo "The journeys need Node 20 or newer with npm: install them with 'apt-get install nodejs npm' (or your system's packages) and run ./test.sh again." >&2
    exit 1
  fi
fi

dotnet build Proxy.sln -c Release --nologo -v quiet

# The journeys run what ships, by the image's line. It starts in two thirds of the CPU time, and they start hundreds.
shipped=$(mktemp -d)
trap 'rm -rf "$shipped"' EXIT
dotnet publish src/Proxy -c Release -o "$shipped" -p:RestoreLockedMode=true -v quiet --nologo

# Ctrl-C, or a kill of this script alone, ends what it runs, and nothing is begun after it. Without the trap inside, a shell makes
# what it waits for deaf to Ctrl-C.
child=
ended() { # exit code
  trap '' INT TERM
  [ -z "$child" ] || kill "$child" 2>/dev/null || true
  wait
  exit "$1"
}
trap 'ended 130' INT
trap 'ended 143' TERM
watched() { # a command
  (trap - INT TERM; exec "$@") &
  child=$!
  local code=0
  wait "$child" || code=$?
  child=
  return "$code"
}

passed=0 failed=0
count() { # results file, attribute of the assembly
  grep -o '<assembly [^>]*>' "$1" 2>/dev/null | head -n 1 | sed -n "s/.* $2=\"\([0-9]*\)\".*/\1/p" || true
}

run() { # a test executable; adds its counts
  local name=$1 exe="tests/$1/bin/Release/net10.0/Snapback.$1" results p f e again
  results=$(mktemp)
  watched "$exe" -noColor -result-xml "$results" "${@:2}" || true
  p=$(count "$results" passed) f=$(count "$results" failed) e=$(count "$results" errors)
  if [ -z "$p" ] || [ "$p" = 0 ]; then
    echo "$name ran no test" >&2
    f=$((${f:-0} + 1))
  fi

  # On two noisy cores a test that waits for processes may be too late once: its class is run again alone, and that is said.
  again=$(grep -o '<test [^>]*result="Fail"[^>]*' "$results" 2>/dev/null | sed -n 's/.* type="\([^"]*\)".*/\1/p' | sort -u || true)
  if [ -n "$again" ] && [ "${e:-0}" = 0 ]; then
    echo "Once more, alone: $again"
    local classes=() still
    while read -r class; do classes+=(-class "$class"); done <<<"$again"
    watched "$exe" -noColor -result-xml "$results" "${classes[@]}" || true
    still=$(count "$results" failed)
    if [ -n "$still" ] && [ "$(count "$results" errors)" = 0 ] && [ "$still" -lt "$f" ]; then
      p=$((p + f - still)) f=$still
    fi
  fi

  rm -f "$results"
  passed=$((passed + ${p:-0}))
  failed=$((failed + ${f:-0} + ${e:-0}))
}

journeys() { # options
  SNAPBACK_UNDER_TEST=$shipped/snapback run Journeys "$@"
}

run Control.Tests
run Proxy.Tests
journeys

# What the calls on a request's way cost beside a reference loop, against the last known: told, and no failure, as machines differ.
watched dotnet run -c Release --no-build --project loadtests -- micro --short || true

if [ "${1:-}" = --all ]; then
  needs haproxy haproxy haproxy
  needs wrk wrk ""
  needs h2load nghttp2-client ""
  piece=0 pieces=18
  piece() { # what, minutes on two idle cores
    piece=$((piece + 1))
    echo "$(date +%H:%M) piece $piece of $pieces: $1 (about $2 min); so far $passed passed, $failed failed"
  }
  scenario() { # name, options; a failed one is counted, and the rest goes on
    if watched dotnet run -c Release --no-build --project loadtests -- "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  }

  piece "100,000 clients who saw the deciding answer, in five ways, and asked again on another connection" 13
  SNAPBACK_TRIALS=20000 journeys -class "*TheVeryNextRequestGoesToStable"
  piece "misbehaving clients, 10,000 of each" 10
  SNAPBACK_HOSTILE_TIMES=10000 run Proxy.Tests -class "*HostileClientsTests"
  piece "all of the proxy once more, by the lean forwarder" 2
  SNAPBACK_FORWARDER=lean run Proxy.Tests
  piece "the journeys without a fleet, by the lean forwarder" 5
  Snapback__Forwarder=lean journeys -class- "Snapback.Journeys.Fleet.*" -class- "Snapback.Journeys.Docs.*"
  piece "slow clients move the p95 by less than 5%" 1
  SNAPBACK_P95_MOVES=1.05 run Proxy.Tests -class "*SlowClientsTests"
  piece "streams of 10 GiB" 1
  SNAPBACK_STREAM_BYTES=10737418240 journeys -class "*StreamsTakeConstantMemory"
  piece "30 kills -9 while commands are given, 100,000 forged cookies" 2
  SNAPBACK_ALL=1 journeys -class "*AcknowledgedCommandsSurviveKill9" -class "*UsersStayOnOneSide"
  piece "the faults of a fleet, twenty times each" 30
  SNAPBACK_ALL=1 journeys -class "Snapback.Journeys.Fleet.*"
  for _ in $(seq 19); do # those that do not repeat themselves
    journeys -class "*GroupsAndFlagsOfAFleet" -class "*AFleetShadowsTogether" -class "*FailuresAreAnswered" -class "*FromOneProxyToAFleetAndBack" \
      -class "*RedisBehindTlsForOneUser" -class "*CommandsOfTheFleetsPage"
  done
  for name in snapback shield judge; do
    piece "loadtests -- $name" 5
    scenario "$name"
  done
  for name in overhead latency scale startup memory settings; do
    piece "loadtests -- $name --short" 5
    scenario "$name" --short
  done
  piece "loadtests -- overhead --short --tls" 5
  scenario overhead --short --tls
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
