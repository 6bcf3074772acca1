using System.Globalization;
using System.Text.RegularExpressions;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Load;

/// <summary>
/// GET users at a fixed rate, whatever the answers take: h2load on HTTP/1.1, with so many connections that a second's hang of half of
/// them holds up none of the others. What a user saw is counted there, and not by anything of ours.
/// </summary>
/// <param name="Failed">Answers of 400 and above, and requests without one.</param>
/// <param name="Errored">Those of them without an answer.</param>
/// <param name="Slowest">The longest that a user waited.</param>
internal sealed partial record SteadyUsers(long Sent, long Failed, long Errored, double PerSecond, TimeSpan Slowest)
{
    private const int Connections = 2000;

    /// <summary>Each of them sends at its own interval; begun at once they would all send at the same instants.</summary>
    private const int ConnectionsPerPeriod = 20;

    /// <param name="length">Of each connection; the first to begin has ended a second before the last.</param>
    public static async Task<SteadyUsers> RunAsync(Uri target, int perSecond, TimeSpan length)
    {
        var each = (double)perSecond / Connections;
        var requests = (int)(each * length.TotalSeconds) * Connections;
        var output = await Child.RunAsync(
            Child.LoadCore, "h2load", "--h1", "-n", $"{requests}", "-c", $"{Connections}", "-r", $"{ConnectionsPerPeriod}", "--rate-period", "10ms",
            "--rps", each.ToString(CultureInfo.InvariantCulture), target.ToString());
        if (Requests().Match(output) is not { Success: true } seen)
        {
            throw new InvalidOperationException($"h2load said nothing of its requests: {output}");
        }

        var statuses = Statuses().Match(output);
        var finished = Finished().Match(output);
        var errored = Number(seen, 2) + Number(seen, 3);
        return new SteadyUsers(
            Number(seen, 1), errored + Number(statuses, 1) + Number(statuses, 2), errored,
            double.Parse(finished.Groups[1].Value, CultureInfo.InvariantCulture), Time(Longest().Match(output)));
    }

    private static long Number(Match match, int group) => long.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    private static TimeSpan Time(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * match.Groups[2].Value switch
    {
        "us" => TimeSpan.FromMicroseconds(1),
        "ms" => TimeSpan.FromMilliseconds(1),
        _ => TimeSpan.FromSeconds(1),
    };

    // "requests: T total, S started, D done, S succeeded, F failed, E errored, T timeout"; what failed for its status is among the statuses.
    [GeneratedRegex(@"requests: (\d+) total, .* (\d+) errored, (\d+) timeout")]
    private static partial Regex Requests();

    [GeneratedRegex(@"status codes: \d+ 2xx, \d+ 3xx, (\d+) 4xx, (\d+) 5xx")]
    private static partial Regex Statuses();

    [GeneratedRegex(@"finished in [^,]+, ([\d.]+) req/s")]
    private static partial Regex Finished();

    [GeneratedRegex(@"time for request:\s+\S+\s+([\d.]+)(us|ms|s)")]
    private static partial Regex Longest();
}
