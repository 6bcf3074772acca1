namespace Snapback.LoadTests.Peers;

/// <summary>The two that every proxy stands in front of, in one process.</summary>
internal sealed record Upstreams(Uri Stable, Uri Canary)
{
    private static readonly HttpClient Client = new(new SocketsHttpHandler { UseProxy = false });

    private int _asked;

    /// <summary>Where nginx tells what it has done, this question included.</summary>
    public required Uri Status { private get; init; }

    /// <summary>That came so far to both.</summary>
    public async Task<long> RequestsAsync()
    {
        // "server accepts handled requests", and below it the three.
        var lines = (await Client.GetStringAsync(Status)).Split('\n');
        return long.Parse(lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]) - ++_asked;
    }
}
