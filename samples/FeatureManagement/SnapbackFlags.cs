using System.Net.ServerSentEvents;
using Microsoft.FeatureManagement;

namespace Checkout;

/// <summary>
/// Feature definitions from a running Snapback, fetched when its event stream says that they changed. The provider in force is
/// replaced whole, so that no evaluation sees half a change. While Snapback cannot be reached, what was last known holds;
/// before anything is known, every flag is off.
/// </summary>
internal sealed partial class SnapbackFlags(IHttpClientFactory clients, ILogger<SnapbackFlags> logger) : BackgroundService, IFeatureDefinitionProvider
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <summary>A connection that died without a word tells nothing more: after so long the flags are asked for without an event.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(30);

    private volatile ConfigurationFeatureDefinitionProvider _inForce = new(new ConfigurationBuilder().Build());

    public Task<FeatureDefinition> GetFeatureDefinitionAsync(string featureName) => _inForce.GetFeatureDefinitionAsync(featureName);

    public IAsyncEnumerable<FeatureDefinition> GetAllFeatureDefinitionsAsync() => _inForce.GetAllFeatureDefinitionsAsync();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogUnreachable(e.Message);
            }

            await Task.Delay(RetryDelay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        using var snapback = clients.CreateClient(nameof(SnapbackFlags));
        // The stream before the flags: a change in between is then told.
        await using var stream = await snapback.GetStreamAsync("ofrep/v1/stream", stop);
        var events = SseParser.Create(stream).EnumerateAsync(stop).GetAsyncEnumerator(stop);
        var next = events.MoveNextAsync().AsTask();
        while (true)
        {
            await FetchAsync(snapback, stop);
            if (await Task.WhenAny(next, Task.Delay(LongestSilence, stop)) == next)
            {
                if (!await next)
                {
                    return;
                }

                next = events.MoveNextAsync().AsTask();
            }
        }
    }

    private async Task FetchAsync(HttpClient snapback, CancellationToken stop)
    {
        using var definitions = new MemoryStream(await snapback.GetByteArrayAsync("api/flags", stop));
        _inForce = new ConfigurationFeatureDefinitionProvider(new ConfigurationBuilder().AddJsonStream(definitions).Build());
    }

    [LoggerMessage(LogLevel.Warning, "Snapback cannot be reached; the flags stay as they are. {Why}")]
    private partial void LogUnreachable(string why);
}
