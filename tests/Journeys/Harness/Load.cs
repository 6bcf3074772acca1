using System.Collections.Concurrent;
using System.Diagnostics;

namespace Snapback.Journeys.Harness;

/// <summary>What clients saw: by version for a good answer, by status for a bad one, "none" where no answer came.</summary>
internal sealed class Counts
{
    private readonly ConcurrentDictionary<string, int> _seen = new();

    public int this[string version] => _seen.GetValueOrDefault(version);

    public int Total => _seen.Values.Sum();

    public int Failures => _seen.Where(seen => int.TryParse(seen.Key, out var status) ? status >= 500 : seen.Key == "none").Sum(seen => seen.Value);

    public void Add(string seen) => _seen.AddOrUpdate(seen, 1, (_, count) => count + 1);

    public override string ToString() =>
        string.Join(", ", _seen.OrderBy(seen => seen.Key, StringComparer.Ordinal).Select(seen => $"{seen.Value} × {seen.Key}"));
}

/// <summary>Requests at a fixed pace whatever becomes of them (open loop): a slow answer does not slow the next request down.</summary>
internal sealed class Load : IAsyncDisposable
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly ConcurrentDictionary<Task, bool> _open = new();
    private readonly IReadOnlyList<Uri> _uris;
    private readonly Task _sending;

    private Load(IReadOnlyList<Uri> uris, int perSecond)
    {
        _uris = uris;
        _sending = Task.Run(() => SendAsync(perSecond));
    }

    public Counts Counts { get; } = new();

    public static Load Start(Uri uri, int perSecond) => new([uri], perSecond);

    /// <summary>To each in turn, as a load balancer does.</summary>
    /// <param name="perSecond">On all together.</param>
    public static Load Start(IReadOnlyList<Uri> uris, int perSecond) => new(uris, perSecond);

    /// <summary>One after the other, on one connection.</summary>
    public static async Task<Counts> SequentialAsync(Uri uri, int requests, Func<Counts, bool>? until = null)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Eventually.Patience };
        var counts = new Counts();
        for (var i = 0; i < requests && until?.Invoke(counts) != true; i++)
        {
            counts.Add(await AskAsync(client, uri, CancellationToken.None));
        }

        return counts;
    }

    /// <summary>No new requests; those that are open get a moment to end, and are then given up.</summary>
    public async Task<Counts> StopAsync(TimeSpan? moment = null)
    {
        await _stop.CancelAsync();
        await _sending;
        _abandon.CancelAfter(moment ?? TimeSpan.FromSeconds(3));
        await Task.WhenAll(_open.Keys);
        return Counts;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.Zero);
        _client.Dispose();
        _stop.Dispose();
        _abandon.Dispose();
    }

    private static async Task<string> AskAsync(HttpClient client, Uri uri, CancellationToken abandon)
    {
        try
        {
            using var response = await client.GetAsync(uri, abandon);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(abandon) : ((int)response.StatusCode).ToString();
        }
        catch (HttpRequestException)
        {
            return "none";
        }
    }

    private async Task SendAsync(int perSecond)
    {
        var started = Stopwatch.GetTimestamp();
        for (var sent = 0L; !_stop.IsCancellationRequested;)
        {
            for (var due = (long)(Stopwatch.GetElapsedTime(started).TotalSeconds * perSecond); sent < due; sent++)
            {
                var asking = CountAsync(_uris[(int)(sent % _uris.Count)]);
                if (!asking.IsCompleted)
                {
                    _open[asking] = true;
                    _ = asking.ContinueWith(done => _open.TryRemove(done, out _), TaskScheduler.Default);
                }
            }

            await Task.Delay(1);
        }
    }

    private async Task CountAsync(Uri uri)
    {
        try
        {
            Counts.Add(await AskAsync(_client, uri, _abandon.Token));
        }
        catch (OperationCanceledException)
        {
            Counts.Add("given up");
        }
    }
}
