using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>Whether it is up, and why not.</summary>
internal sealed partial class RedisLink
{
    private const int Up = 1;
    private const int Down = 2;

    /// <summary>Apart, since it is known later than that the connection broke, and must be said too.</summary>
    private const int Rejected = 3;

    /// <summary>Of a command, and of one within a script, which Redis words otherwise up to 7.0 and since.</summary>
    private static readonly string[] Denials = ["NOPERM", "The user executing the script can't", "ACL failure in script"];

    private int _state;
    private volatile string _why = "it is not connected yet";

    /// <summary>The last call was answered.</summary>
    public bool IsUp => Volatile.Read(ref _state) == Up;

    /// <summary>Which Redis it is, and why it is away; null while it is up.</summary>
    public string? Fault => IsUp ? null : $"Redis at {_servers} is away: {_why}";

    private void SetUp(bool isUp, string why)
    {
        _why = why;
        var state = isUp ? Up : _rejection is null ? Down : Rejected;
        if (Interlocked.Exchange(ref _state, state) == state)
        {
            return;
        }

        if (isUp)
        {
            LogUp();
        }
        else
        {
            LogDown(_servers, why);
        }
    }

    private string Why(Exception e) => e is RedisConnectionException && _rejection is { } rejection ? rejection : Cause(e);

    /// <summary>
    /// The client's own words tell of its insides; what stands below them, and what the server says, is for people. It has one name for a
    /// password that is refused and for a certificate that is not trusted, and only the latter has a cause below it.
    /// </summary>
    private static string Cause(Exception e) => e switch
    {
        TimeoutException => $"no answer within {Deadline.TotalSeconds:0.#} s",
        RedisConnectionException when e.GetBaseException() is { } cause and not RedisException => Plain(cause.Message),
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => "it refuses the user or the password",
        RedisConnectionException => "there is no connection",
        RedisServerException when LacksARule(e.Message) => $"{Plain(e.Message)}; docs/fleet.md has the rules that its user needs",
        RedisServerException => Plain(e.Message),
        _ => Plain(e.Message.Split('\n', '(')[0]),
    };

    private static bool LacksARule(string message) => Array.Exists(Denials, denial => message.Contains(denial, StringComparison.Ordinal));

    private static string Plain(string message) =>
        message.Replace("SimpleError: ", "", StringComparison.Ordinal)
            .Split(["Attempted command:", " script: "], StringSplitOptions.None)[0]
            .Trim()
            .TrimEnd('.');

    [LoggerMessage(EventIds.StoreUp, LogLevel.Information, "Redis answers: this replica hears the fleet.")]
    private partial void LogUp();

    [LoggerMessage(
        EventIds.StoreDown,
        LogLevel.Error,
        "Redis does not answer: nothing goes up until it does; traffic and rollbacks do not need it. {Servers}: {Why}.")]
    private partial void LogDown(string servers, string why);
}
