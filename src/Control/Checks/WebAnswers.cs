using System.Text;

namespace Snapback.Control.Checks;

/// <summary>Asks others over HTTP: bounded in time and size, no redirects, no environment proxy.</summary>
internal sealed class WebAnswers : IDisposable
{
    private const int MostBytes = 1 << 20;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = MostBytes,
    };

    public async Task<WebAnswer> AskAsync(
        HttpMethod method, Uri url, HttpContent? body, IReadOnlyDictionary<string, string> headers, TimeSpan timeout, CancellationToken stop)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(timeout);
        try
        {
            using var request = new HttpRequestMessage(method, url) { Content = body };
            foreach (var (name, value) in headers)
            {
                if (!request.Headers.TryAddWithoutValidation(name, value))
                {
                    body?.Headers.Remove(name);
                    body?.Headers.TryAddWithoutValidation(name, value);
                }
            }

            using var response = await _http.SendAsync(request, deadline.Token);
            return new WebAnswer((int)response.StatusCode, Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(deadline.Token)), null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new WebAnswer(0, "", $"{url.Authority} did not answer within {timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or NotSupportedException)
        {
            return new WebAnswer(0, "", $"{url.Authority} cannot be reached: {e.GetBaseException().Message.TrimEnd('.')}");
        }
    }

    public void Dispose() => _http.Dispose();
}

/// <param name="Fault">Why there is no answer; null if there is one, whatever its status.</param>
internal readonly record struct WebAnswer(int Status, string Body, string? Fault);
