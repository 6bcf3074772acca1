using Snapback.Control.Analysis;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>What a client does on a connection of its own, and what it makes of the answer.</summary>
internal delegate Task<string> Act(Wire wire, Place place);

/// <summary>Where the request must go, which is the case's own route, and whether it has come there.</summary>
internal sealed class Place(string path, Func<Task> reachedAsync)
{
    /// <summary>An arm has the request; a busy machine may take its time to get it there.</summary>
    public Task ReachedAsync() => reachedAsync();

    public override string ToString() => path;

    public static implicit operator string(Place place) => place.ToString();
}

/// <summary>One way to misbehave, of an upstream or of a client, and what must come of it.</summary>
/// <param name="Client">What the client makes of it; alternatives, where two ends race, are parted by " / ".</param>
/// <param name="Outcome">The one outcome of the arm that was asked; null if no arm may be asked at all.</param>
internal sealed record Fault(string Name, Script Upstream, string Client, Outcome? Outcome)
{
    public const string Get = "GET {0} HTTP/1.1\r\nHost: a\r\n\r\n";

    /// <summary>Of gRPC, without a message.</summary>
    public const string Call = "POST {0} HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\nTE: trailers\r\nContent-Length: 0\r\n\r\n";

    public Act Act { get; init; } = Say(Get);

    /// <summary>The route's own time-out; none unless given.</summary>
    public TimeSpan? RouteTimeout { get; init; }

    /// <summary>Long enough for a busy machine to say a word, short enough to wait for.</summary>
    public TimeSpan ActivityTimeout { get; init; } = TimeSpan.FromSeconds(1.5);

    public bool SpeaksHttp2 { get; init; }

    /// <summary>The client's socket holds as little as the system lets it.</summary>
    public bool SmallWindow { get; init; }

    /// <summary>Of an answer that the proxy gave itself only the status counts.</summary>
    public bool OnlyStatus { get; init; }

    /// <summary>The whole of what must be seen, as it is compared.</summary>
    public string Expected => Told(Client, Of(Analysis.Success), Of(Analysis.Failure), Of(Analysis.Neutral), 0);

    /// <summary>Sends a request and reads the answer.</summary>
    /// <param name="request">{0} is the path.</param>
    public static Act Say(string request) => async (wire, place) =>
    {
        var text = request.Replace("{0}", place, StringComparison.Ordinal);
        await wire.SendAsync(text);
        return await Heard.ByAsync(wire, text);
    };

    /// <summary>Sends a head and so many bytes of body, and reads the answer meanwhile.</summary>
    public static Act Upload(string head, int bytes) => async (wire, place) =>
    {
        await wire.SendAsync(head.Replace("{0}", place, StringComparison.Ordinal));
        var sending = wire.SendAsync(new byte[bytes]);
        var heard = await Heard.ByAsync(wire, head);
        await Task.WhenAny(sending, Task.Delay(10));
        _ = sending.ContinueWith(sent => _ = sent.Exception, TaskScheduler.Default);
        return heard;
    };

    public static string Told(string client, long good, long failed, long neutral, long stable) =>
        $"client: {client}; canary: {good} good, {failed} failed, {neutral} neutral; stable: {stable}";

    private int Of(Outcome outcome) => Outcome == outcome ? 1 : 0;

    private static class Analysis
    {
        public const Outcome Success = Control.Analysis.Outcome.Success;
        public const Outcome Failure = Control.Analysis.Outcome.Failure;
        public const Outcome Neutral = Control.Analysis.Outcome.Neutral;
    }
}
