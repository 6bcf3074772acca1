using System.Net.Http.Json;
using System.Text.Json.Serialization;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Hooks;

/// <summary>Asks a hook whether a step may be left, with the payload and the reading of Flagger's rollout webhooks.</summary>
public sealed class HookCaller : IDisposable
{
    /// <summary>Flagger's reading: 200 to 202 is a yes, everything else is a no.</summary>
    private const int HighestYes = 202;

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task<HookAnswer> CallAsync(StepHook hook, RolloutStatus status, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(hook.Timeout);
        try
        {
            var payload = new Payload(status.Name, "", status.Phase.ToString(), status.Version ?? "", new Dictionary<string, string>
            {
                ["weight"] = status.Weight.ToString(),
                ["step"] = status.Step.ToString(),
                ["generation"] = status.Generation.ToString(),
            });
            // The status is the answer; whatever body follows is not read.
            using var request = new HttpRequestMessage(HttpMethod.Post, hook.Url) { Content = JsonContent.Create(payload) };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, deadline.Token);
            var code = (int)response.StatusCode;
            return code is >= 200 and <= HighestYes
                ? new HookAnswer(HookVerdict.Go, $"answered {code}")
                : new HookAnswer(HookVerdict.No, $"answered {code}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new HookAnswer(HookVerdict.Silent, $"did not answer within {hook.Timeout.TotalSeconds:0.###} s");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidOperationException or NotSupportedException)
        {
            return new HookAnswer(HookVerdict.Silent, $"cannot be reached: {e.Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    private sealed record Payload(
        [property: JsonPropertyName("name")] string Name,
        [property: JsonPropertyName("namespace")] string Namespace,
        [property: JsonPropertyName("phase")] string Phase,
        [property: JsonPropertyName("checksum")] string Checksum,
        [property: JsonPropertyName("metadata")] IReadOnlyDictionary<string, string> Metadata);
}

public enum HookVerdict
{
    Go,

    /// <summary>The hook was asked and said no.</summary>
    No,

    /// <summary>Nobody answered: that says nothing about the canary, so it holds.</summary>
    Silent,
}

public readonly record struct HookAnswer(HookVerdict Verdict, string Sentence);
