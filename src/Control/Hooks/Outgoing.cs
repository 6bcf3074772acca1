using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Snapback.Control.Hooks;

/// <summary>
/// Every call that Snapback makes by itself: only to whom it may, no redirects, a bounded answer within a bounded time. Nothing
/// of it happens on the request path, and no rollback waits for it.
/// </summary>
public sealed class Outgoing : IDisposable
{
    /// <summary>An answer has a verdict and a sentence; whoever sends more means something else.</summary>
    private const int LongestAnswer = 64 * 1024;

    /// <summary>
    /// Receivers close idle connections, many after 5 s, which is a hook's interval too: a call that is sent in that moment is reset, and would
    /// count as down. A limit on the age, since that is checked whenever a connection is used again; how long it was idle, only by a timer.
    /// </summary>
    private static readonly TimeSpan OldestConnection = TimeSpan.FromSeconds(1);

    private readonly Func<HookSettings> _settings;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;

    /// <param name="settings">Those that hold now, asked at each call.</param>
    public Outgoing(Func<HookSettings> settings, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = OldestConnection,
            MaxResponseHeadersLength = 16,
            ConnectCallback = ConnectAsync,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Posts JSON once, signed if there is a secret.</summary>
    /// <param name="delivery">The same for all attempts of one call, so that a receiver can tell a repetition.</param>
    /// <exception cref="HttpRequestException">Not allowed, not reached, or no bounded answer.</exception>
    /// <exception cref="OperationCanceledException">Not within the time-out.</exception>
    public async Task<OutgoingAnswer> PostAsync(
        Uri url, byte[] json, string delivery, TimeSpan timeout, CancellationToken cancel, string mediaType = "application/json")
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(timeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(json) };
        request.Content.Headers.ContentType = new(mediaType) { CharSet = "utf-8" };
        request.Headers.UserAgent.ParseAdd("snapback");
        request.Headers.Add("X-Snapback-Delivery", Ascii(delivery));
        if (_settings().Secrets is { Count: > 0 } secrets)
        {
            request.Headers.Add(HookSignature.Header, HookSignature.Of(json, _time.GetUtcNow(), secrets));
        }

        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        var body = await ReadAsync(response.Content, LongestAnswer, deadline.Token);
        // A long page or log says nothing but its status; JSON without end meant to say more.
        return body is null && response.Content.Headers.ContentType?.MediaType == "application/json"
            ? throw TooLong(LongestAnswer)
            : new OutgoingAnswer((int)response.StatusCode, body ?? "") { RetryAfter = response.Headers.RetryAfter?.Delta };
    }

    /// <summary>Sends a request of the caller's own and reads its whole answer.</summary>
    /// <param name="mostBytes">A longer answer is none.</param>
    /// <exception cref="HttpRequestException">Not allowed, not reached, or no bounded answer.</exception>
    /// <exception cref="OperationCanceledException">Not within the time-out.</exception>
    public async Task<(int Status, string Body)> AskAsync(HttpRequestMessage request, int mostBytes, TimeSpan timeout, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(timeout);
        request.Headers.UserAgent.ParseAdd("snapback");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
        return ((int)response.StatusCode, await ReadAsync(response.Content, mostBytes, deadline.Token) ?? throw TooLong(mostBytes));
    }

    public void Dispose() => _http.Dispose();

    /// <summary>Why there is no answer, for people and without a subject.</summary>
    public static string Why(Exception e)
    {
        var isThere = e is HttpIOException
            or HttpRequestException
        {
            HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ResponseEnded or HttpRequestError.ConfigurationLimitExceeded,
        };
        return $"{(isThere ? "gave no whole answer" : "cannot be reached")}: {e.GetBaseException().Message.TrimEnd('.')}";
    }

    /// <summary>A header takes nothing else, and whoever names a hook or a receiver writes as he speaks.</summary>
    private static string Ascii(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => rune.IsAscii ? rune.ToString() : Uri.EscapeDataString(rune.ToString())));

    private static HttpRequestException TooLong(int most) =>
        new(HttpRequestError.ConfigurationLimitExceeded, $"more than {most / 1024} KiB");

    /// <returns>Null if there is more than that.</returns>
    private static async Task<string?> ReadAsync(HttpContent content, int most, CancellationToken cancel)
    {
        await using var stream = await content.ReadAsStreamAsync(cancel);
        // Rented: an array of this size is a large object, and one for every answer would cost the traffic full collections.
        var bytes = ArrayPool<byte>.Shared.Rent(most + 1);
        try
        {
            var length = await stream.ReadAtLeastAsync(bytes.AsMemory(0, most + 1), most + 1, throwOnEndOfStream: false, cancel);
            return length <= most ? Encoding.UTF8.GetString(bytes, 0, length) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancel)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(host, cancel);
        }
        catch (SocketException e)
        {
            throw new HttpRequestException($"{host} has no address here ({e.Message}); Snapback:Hooks:Hosts may say where it is");
        }
    }

    /// <summary>Resolves once and connects to what was checked.</summary>
    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var settings = _settings();
        var guard = new TargetGuard(settings.Allow, settings.Networks);
        var (host, port, isMeant) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port, false);
        if (settings.Hosts.TryGetValue(host, out var place))
        {
            (host, port, isMeant) = (place.Host, place.Port ?? port, true);
        }

        var addresses = await ResolveAsync(host, cancel);
        Exception? last = null;
        foreach (var address in addresses)
        {
            if (guard.Refusal(host, address, isMeant) is { } refusal)
            {
                last ??= new HttpRequestException(refusal);
                continue;
            }

            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(address, port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch (OperationCanceledException)
            {
                socket.Dispose();
                throw;
            }
        }

        throw last ?? new HttpRequestException($"{host} has no address");
    }
}

/// <param name="Body">Whatever its type: many a small receiver writes JSON and calls it text.</param>
public readonly record struct OutgoingAnswer(int Status, string Body)
{
    /// <summary>How long the receiver wants to be left alone; null if it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
