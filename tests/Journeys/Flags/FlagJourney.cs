using System.Text;
using System.Text.Json;

namespace Snapback.Journeys.Flags;

/// <summary>A proxy with a flags side that wants a token, and ways to ask it.</summary>
public abstract class FlagJourney : Journey
{
    protected const string Flag = "payments-v2";
    protected const string Token = "for-applications-only";

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(20) };

    protected Uri FlagsUri { get; } = FreePort.TakeUri();

    internal static string Plan(string weight, string canary = "") => $$"""
        name: payments
        flag: {{Flag}}
        {{canary}}
        sticky: { by: header:X-User-Id }
        steps: [ { weight: {{weight}}, hold: 1h } ]
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        """;

    internal Task<SnapbackProcess> ProxyAsync(string plan, params string[] args)
    {
        var snapback = new { FlagsUrls = FlagsUri.ToString(), FlagsTokenFile = Folder.Write("flags-token", Token) };
        var config = Folder.Write("appsettings.json", JsonSerializer.Serialize(new { Snapback = snapback }));
        return SnapbackAsync([.. args, "--plan", Folder.Write("plan.yaml", plan), "--config", config]);
    }

    internal async Task<(HttpStatusCode Status, string Body)> GetAsync(Uri uri, string user)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.Add("X-User-Id", user);
        // A client that lies about its flag.
        request.Headers.Add("x-snapback-flag", $"{Flag}=on");
        using var response = await _client.SendAsync(request, Ended);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Ended));
    }

    internal async Task<HttpResponseMessage> OfrepAsync(string path, object body, string? token = Token, string? ifNoneMatch = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(FlagsUri, $"ofrep/v1/evaluate/flags{path}"))
        {
            Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        if (ifNoneMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", ifNoneMatch);
        }

        return await _client.SendAsync(request, Ended);
    }

    internal async Task<JsonElement> EvaluateAsync(string user)
    {
        using var response = await OfrepAsync($"/{Flag}", new { context = new { targetingKey = user } });
        var body = await response.Content.ReadAsStringAsync(Ended);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}: {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    internal async Task<Stream> StreamAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(FlagsUri, "ofrep/v1/stream"));
        request.Headers.Add("X-API-Key", Token);
        var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ended);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStreamAsync(Ended);
    }

    /// <summary>Many users at a time, each once.</summary>
    internal static Task EachUserAsync(int users, Func<string, Task> ask) =>
        Parallel.ForAsync(0, users, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Ended }, async (i, _) => await ask($"user-{i}"));
}
