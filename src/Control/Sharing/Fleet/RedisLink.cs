using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// The connection: made in the background, made again when it stays silent, and asked with a deadline of our own, since the
/// client's time-outs are looked at once a second. Nothing here is ever awaited by a request.
/// </summary>
internal sealed partial class RedisLink : IAsyncDisposable
{
    /// <summary>A healthy Redis answers in under a millisecond; a busy machine in tens of them.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(800);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>For the second connection of the client, by which it listens; it is there a moment after the first.</summary>
    private static readonly TimeSpan UntilItListens = TimeSpan.FromMilliseconds(400);

    /// <summary>A second: the client is done with it in milliseconds.</summary>
    private const int ChecksUntilDeaf = 4;

    /// <summary>Longer than anything is asked again: who takes no writes lets us read in between, and is not up for that.</summary>
    private static readonly TimeSpan Refusing = TimeSpan.FromSeconds(4);

    private readonly ConfigurationOptions _options;
    private readonly string _servers;
    private readonly RedisChannel _channel;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private volatile ConnectionMultiplexer? _connection;
    private long _answeredAt;
    private long _refusedAt;
    private volatile bool _isDemoted;
    private volatile string? _rejection;
    private volatile bool _isDeaf;
    private int _unheard;
    private Task _loop = Task.CompletedTask;

    public RedisLink(FleetOptions options, RedisChannel channel, string replica, TimeProvider time, ILogger logger)
    {
        _options = Options(options.Connection, replica);
        _servers = string.Join(", ", _options.EndPoints.Select(EndPointCollection.ToString));
        _channel = channel;
        _time = time;
        _logger = logger;
        HasSentinels = !string.IsNullOrEmpty(_options.ServiceName);
    }

    public bool HasSentinels { get; }

    /// <summary>One message of the fleet; may be called by several threads at once.</summary>
    public Action<string> Heard { get; set; } = _ => { };

    /// <summary>The connection is there, or there again: messages may have been lost meanwhile.</summary>
    public Action Restored { get; set; } = () => { };

    /// <exception cref="ArgumentException">The connection string cannot be read.</exception>
    public static ConfigurationOptions Options(string connection, string replica)
    {
        var options = ConfigurationOptions.Parse(connection);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ConnectTimeout = 2000;
        options.AsyncTimeout = 1000;
        options.SyncTimeout = 1000;
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(500);
        options.ReconnectRetryPolicy = new LinearRetry(250);

        // The client's own key and channel lie outside the prefix, where a limited user must not reach, and serve a failover by hand only.
        options.TieBreaker = "";
        options.ConfigurationChannel = "";

        // The scripts publish without one, and would not be heard.
        options.ChannelPrefix = default;
        options.ClientName = "snapback-" + string.Concat(replica.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        return options;
    }

    public void Start() => _loop = Task.Run(RunAsync);

    public Task<RedisResult> RunAsync(string script, RedisKey[] keys, RedisValue[] arguments) =>
        AskAsync(database => database.ScriptEvaluateAsync(script, keys, arguments));

    /// <summary>One question, answered within the deadline or not at all.</summary>
    /// <exception cref="StoreUnavailableException">There is no connection, no answer in time, or an error for an answer.</exception>
    public async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask)
    {
        if (_connection is not { } connection)
        {
            throw new StoreUnavailableException($"Redis at {_servers} is not connected yet.", new TimeoutException());
        }

        try
        {
            var answer = await ask(connection.GetDatabase()).WaitAsync(Deadline, _time);
            Answered();
            return answer;
        }
        catch (Exception e)
            when (e is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException or OperationCanceledException)
        {
            if (e is RedisServerException)
            {
                Volatile.Write(ref _refusedAt, _time.GetTimestamp());
                _isDemoted |= e.Message.Contains("READONLY", StringComparison.Ordinal);
            }

            SetUp(false, Why(e));
            throw new StoreUnavailableException($"Redis at {_servers} cannot do this now: {Why(e)}.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        if (_connection is { } connection)
        {
            await CloseAsync(connection);
        }

        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            // A client that clings to a demoted master, or to a name that meanwhile means another host, must look again, also
            // where that one still answers.
            if (_connection is not { } connection || _time.GetElapsedTime(Volatile.Read(ref _answeredAt)) > Patience || HearsNobody(connection))
            {
                await ConnectAsync();
            }

            await Task.Delay(Interval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>After a break the client subscribes by itself, and tells nobody of a refusal: only a new one is told the rule.</summary>
    private bool HearsNobody(ConnectionMultiplexer connection)
    {
        var subscriber = connection.GetSubscriber();
        var waits = subscriber.IsConnected(_channel) && subscriber.SubscribedEndpoint(_channel) is null;
        _unheard = waits ? _unheard + 1 : 0;
        return _unheard > ChecksUntilDeaf;
    }

    private async Task ConnectAsync()
    {
        ConnectionMultiplexer? connection = null;
        try
        {
            // The old one tries as well, and may be there first. It does not tell that it is refused; one that must connect does.
            var options = _options.Clone();
            options.AbortOnConnectFail = _connection is not null;
            connection = await ConnectionMultiplexer.ConnectAsync(options);
            connection.ConnectionRestored += (_, _) => Restored();
            await SubscribeAsync(connection);
            var old = Interlocked.Exchange(ref _connection, connection);
            _isDemoted = _isDeaf = false;
            Volatile.Write(ref _answeredAt, _time.GetTimestamp());
            if (old is not null)
            {
                _ = CloseAsync(old);
            }

            Restored();
        }
        catch (Exception e) when (e is RedisException or RedisCommandException or TimeoutException or InvalidOperationException)
        {
            _rejection = e is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } ? Cause(e) : null;
            _isDeaf = e is RedisServerException or RedisCommandException;
            SetUp(false, Why(e));
            if (connection is not null)
            {
                await CloseAsync(connection);
                // Whoever may not listen has to wait for somebody to change the rules.
                await Task.Delay(Refusing, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <exception cref="RedisServerException">The user may not listen: who hears nobody must not look as if it heard the fleet.</exception>
    private async Task SubscribeAsync(ConnectionMultiplexer connection)
    {
        try
        {
            // Asked before its second connection is there, the client subscribes later by itself, and tells nobody of a refusal.
            var started = _time.GetTimestamp();
            while (!connection.GetSubscriber().IsConnected(_channel) && _time.GetElapsedTime(started) < UntilItListens)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), _time, _stop.Token);
            }

            await connection.GetSubscriber().SubscribeAsync(_channel, (_, message) => Heard(message.ToString())).WaitAsync(Deadline, _time);
        }
        catch (Exception e) when (e is RedisException and not RedisServerException or TimeoutException or OperationCanceledException)
        {
            // The client knows of it now and subscribes by itself as soon as it is connected.
        }
    }

    private static async Task CloseAsync(ConnectionMultiplexer connection)
    {
        try
        {
            await connection.CloseAsync(allowCommandsToComplete: false).WaitAsync(TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            // It is being thrown away.
        }

        connection.Dispose();
    }

    private void Answered()
    {
        _rejection = null;
        if (!_isDemoted)
        {
            Volatile.Write(ref _answeredAt, _time.GetTimestamp());
        }

        var refused = Volatile.Read(ref _refusedAt);
        if (!_isDeaf && (refused == 0 || _time.GetElapsedTime(refused) > Refusing))
        {
            SetUp(true, "");
        }
    }
}
