using Microsoft.Extensions.Logging;
using Snapback.Control.Hooks;
using Snapback.Control.Notifying;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Hooks;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Notifying;

/// <summary>How a receiver that does not take a message at once is treated, and what the log says of it.</summary>
public sealed class NotifierTests : IDisposable
{
    private const string Taken = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private readonly ManualTime _time = new();
    private readonly Outgoing _outgoing = new(() => HookSettings.None, TimeProvider.System);
    private readonly Lines _log = new();

    [Theory]
    [InlineData("429 Too Many Requests", "30", 30)]
    [InlineData("503 Service Unavailable", "86400", 60)]
    [InlineData("503 Service Unavailable", "0", 1)]
    public async Task A_receiver_that_says_when_it_takes_more_is_left_alone_until_then_for_a_minute_at_most(string status, string after, int seconds)
    {
        using var receiver = new RawReceiver(
            call => call == 0 ? $"HTTP/1.1 {status}\r\nRetry-After: {after}\r\nContent-Length: 0\r\n\r\n" : Taken);
        var telling = Tell(new Notification("oncall", NotificationFormat.Slack, receiver.Url, Severity.Info));

        var waited = 0;
        while (!telling.IsCompleted && waited < 1000)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            if (receiver.Requests.Count == 1)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                waited++;
            }
        }

        await telling;
        Assert.Equal(2, receiver.Requests.Count);
        Assert.InRange(waited, seconds, seconds + 30);
        Assert.Empty(_log.Written);
    }

    [Fact]
    public async Task The_log_tells_two_receivers_at_one_host_apart_and_shows_no_secret()
    {
        using var receiver = new RawReceiver(_ => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        await Tell(
            new Notification("127.0.0.1", NotificationFormat.Slack, new Uri(receiver.Url, "/services/first"), Severity.Info),
            new Notification("127.0.0.1", NotificationFormat.Slack, new Uri(receiver.Url, "/services/second"), Severity.Info));

        Assert.Equal(2, _log.Written.Distinct().Count());
        Assert.All(_log.Written, line => Assert.Contains($"notification 127.0.0.1 at {receiver.Url}***", line, StringComparison.Ordinal));
    }

    public void Dispose() => _outgoing.Dispose();

    private Task Tell(params Notification[] everybody)
    {
        var news = new RolloutNews(
            Samples.Plan, RolloutStatus.New("shop", DateTimeOffset.UnixEpoch), "planned", "The plan was created.", DateTimeOffset.UnixEpoch);
        return new Notifier([.. everybody], _outgoing, "r1", _time, _log).TellAsync(news, TestContext.Current.CancellationToken);
    }

    private sealed class Lines : ILogger<Notifier>
    {
        private readonly List<string> _written = [];

        public IReadOnlyList<string> Written => _written;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_written)
            {
                _written.Add(formatter(state, exception));
            }
        }
    }
}
