using Snapback.Control.Hooks;

namespace Snapback.Control.Checks;

/// <summary>Asks others over HTTP, through the one door by which Snapback calls anybody: bounded, without redirects, and only whom it may.</summary>
internal sealed class WebAnswers(Outgoing outgoing)
{
    private const int MostBytes = 1 << 20;

    public async Task<WebAnswer> AskAsync(
        HttpMethod method, Uri url, HttpContent? body, IReadOnlyDictionary<string, string> headers, TimeSpan timeout, CancellationToken stop)
    {
        try
        {
            using var request = new HttpRequestMessage(method, url) { Content = body };
            foreach (var (name, value) in headers)
            {
                // A header of the body, such as Content-Type, is no header of the request.
                if (!request.Headers.TryAddWithoutValidation(name, value) && body?.Headers is { } ofBody)
                {
                    ofBody.Remove(name);
                    ofBody.TryAddWithoutValidation(name, value);
                }
            }

            var (status, text) = await outgoing.AskAsync(request, MostBytes, timeout, stop);
            // Some services begin with a mark of the byte order, which no JSON begins with.
            return new WebAnswer(status, text.TrimStart('\uFEFF'), null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new WebAnswer(0, "", $"{url.Authority} did not answer within {timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or NotSupportedException)
        {
            return new WebAnswer(0, "", $"{url.Authority} {Outgoing.Why(e)}");
        }
    }
}

/// <param name="Fault">Why there is no answer; null if there is one, whatever its status.</param>
internal readonly record struct WebAnswer(int Status, string Body, string? Fault);
