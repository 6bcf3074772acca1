using System.Globalization;
using System.Text.RegularExpressions;
using Snapback.LoadTests.Peers;

namespace Snapback.LoadTests.Load;

/// <summary>What is asked for: a body, so many connections, a protocol.</summary>
internal sealed record Cell(int Body, int Connections, bool Http2)
{
    public bool Tls { get; init; }

    /// <summary>A connection for every request, of HTTP/1.1.</summary>
    public bool Closes { get; init; }

    public override string ToString()
    {
        var (size, version) = (Body < 1024 ? $"{Body} B" : $"{Body / 1024} KB", Http2 ? "HTTP/2" : "HTTP/1.1");
        return $"{size} × {Connections} {version}{(Tls ? " over TLS" : "")}{(Closes ? ", a connection for each request" : "")}";
    }

    public Uri Of(Peer peer) => Tls ? peer.Https! : Http2 ? peer.Http2 : peer.Http1;
}

/// <summary>A burst of a closed loop: every connection sends as soon as it has its answer.</summary>
/// <param name="Errors">Requests without an answer, or with one that is not 200.</param>
/// <param name="CpuMicros">CPU time of the proxy's process per request.</param>
internal sealed partial record Burst(long Requests, long Errors, double PerSecond, double CpuMicros)
{
    /// <summary>Streams of one HTTP/2 connection; so many times fewer connections carry the same number of requests at a time.</summary>
    private const int Streams = 8;

    private const int Users = 1000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Users with a header each, made once, so that the generator is no slower than without.</summary>
    public static string Script(Workshop workshop, string path, int routes = 0, bool closes = false) => workshop.Write(
        $"users{path.Replace('/', '-')}-{routes}{(closes ? "-close" : "")}.lua", $$"""
        local requests, turn = {}, 0
        function init(args)
          math.randomseed(1)
          for i = 1, {{Users}} do
            local path = {{(routes == 0 ? $"\"{path}\"" : $"\"/r\" .. math.random(0, {routes - 1}) .. \"{path}\"")}}
            requests[i] = wrk.format("GET", path, { ["X-User-Id"] = "user-" .. i{{(closes ? ", [\"Connection\"] = \"close\"" : "")}} })
          end
        end
        function request()
          turn = turn % {{Users}} + 1
          return requests[turn]
        end
        """);

    /// <summary>Its arguments.</summary>
    /// <param name="patience">An answer that takes longer is an error.</param>
    public static string[] Wrk(Peer peer, Cell cell, string script, TimeSpan length, TimeSpan patience) =>
        ["-t1", "-c", $"{cell.Connections}", "-d", Seconds(length), "-s", script, "--timeout", Seconds(patience), cell.Of(peer).ToString()];

    public static async Task<Burst> RunAsync(Peer peer, Cell cell, string script, TimeSpan length)
    {
        var before = peer.Process.CpuTime;
        var path = cell.Body == NginxPeers.LargeBody ? NginxPeers.LargePath : "/";
        var (connections, streams) = (Math.Max(1, cell.Connections / Streams), Math.Min(Streams, cell.Connections));
        var target = new Uri(cell.Of(peer), path).ToString();
        var output = cell.Http2
            ? await Child.RunAsync(Child.LoadCore, "h2load", "-D", Seconds(length), "-c", $"{connections}", "-m", $"{streams}", target)
            : await Child.RunAsync(Child.LoadCore, "wrk", Wrk(peer, cell, script, length, Patience));
        var (requests, errors) = cell.Http2 ? OfH2Load(output) : OfWrk(output);
        if (requests == 0)
        {
            throw new InvalidOperationException($"{peer.Name} answered nothing to {cell}: {output}{peer.Process.Output}");
        }

        return new Burst(requests, errors, requests / length.TotalSeconds, (peer.Process.CpuTime - before).TotalMicroseconds / requests);
    }

    public static (long Requests, long Errors) OfWrk(string output)
    {
        var socket = SocketErrors().Match(output);
        var errors = socket.Groups.Cast<Group>().Skip(1).Where(group => group.Success).Sum(group => long.Parse(group.Value));
        return (Number(WrkRequests(), output), errors + Number(Not200(), output));
    }

    // "requests: T total, S started, D done, S succeeded, F failed, E errored, T timeout"
    private static (long Requests, long Errors) OfH2Load(string output) => (Number(H2Done(), output), Number(H2Failed(), output));

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s";

    private static long Number(Regex of, string output) => of.Match(output) is { Success: true } match ? long.Parse(match.Groups[1].Value) : 0;

    [GeneratedRegex(@"(\d+) requests in ")]
    private static partial Regex WrkRequests();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Not200();

    [GeneratedRegex(@"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)")]
    private static partial Regex SocketErrors();

    [GeneratedRegex(@"(\d+) done,")]
    private static partial Regex H2Done();

    [GeneratedRegex(@"(\d+) failed,")]
    private static partial Regex H2Failed();
}
