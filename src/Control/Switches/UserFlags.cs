using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;

namespace Snapback.Control.Switches;

/// <summary>
/// Flags of the configuration as single users see them, for segments whose rules are not ours: targeting, time windows. An
/// answer holds for a second. A filter that has to wait for something is never waited for: until it has answered, the last answer
/// holds, and at first the flag is off.
/// </summary>
public sealed partial class UserFlags(IVariantFeatureManager features, ILogger<UserFlags> logger)
{
    /// <summary>As soon as the product's own switches follow their configuration.</summary>
    private static readonly TimeSpan Validity = TimeSpan.FromSeconds(1);

    /// <summary>Users who ask within a validity are far fewer; whoever sends invented ones shall not fill the memory.</summary>
    private const int MostAnswers = 16_384;

    /// <summary>Calls of filters that have not answered yet: if a filter's service hangs, every request would add one that never ends.</summary>
    private const int MostAwaited = 1000;

    private readonly ConcurrentDictionary<(string Flag, ulong Client), Answer> _answers = new();
    private readonly ConcurrentDictionary<string, string> _failed = new(StringComparer.Ordinal);
    private int _awaited;

    /// <summary>How many answers there are, nearly. The dictionary's own count takes all its locks: 16 µs of a request when it is full.</summary>
    private int _kept;

    /// <summary>The flag's answer for this user, if it is still good.</summary>
    /// <param name="now">Monotonic.</param>
    public bool TryGet(string flag, ulong client, TimeSpan now, out bool isOn)
    {
        isOn = false;
        if (!_answers.TryGetValue((flag, client), out var answer) || now - answer.At >= Validity)
        {
            return false;
        }

        isOn = answer.IsOn;
        return true;
    }

    /// <summary>Asks the flag, without waiting.</summary>
    public bool Ask(string flag, ulong client, string user, IEnumerable<string> groups, TimeSpan now)
    {
        if (Volatile.Read(ref _awaited) >= MostAwaited)
        {
            return Last(flag, client);
        }

        var asked = AskAsync(flag, user, groups);
        if (asked.IsCompletedSuccessfully)
        {
            return Keep(flag, client, now, asked.GetAwaiter().GetResult());
        }

        _ = KeepAsync(flag, client, now, asked.AsTask());
        return Keep(flag, client, now, Last(flag, client));
    }

    private bool Last(string flag, ulong client) => _answers.TryGetValue((flag, client), out var last) && last.IsOn;

    private async ValueTask<bool> AskAsync(string flag, string user, IEnumerable<string> groups)
    {
        try
        {
            var isOn = await features.IsEnabledAsync(flag, new TargetingContext { UserId = user, Groups = groups });
            _failed.TryRemove(flag, out _);
            return isOn;
        }
#pragma warning disable CA1031 // Filters run others' rules: whatever they throw, the request goes to stable.
        catch (Exception e)
#pragma warning restore CA1031
        {
            // Once per fault and not per request.
            if (_failed.TryAdd(flag, e.Message))
            {
                LogFailed(flag, e.Message);
            }

            return false;
        }
    }

    private async Task KeepAsync(string flag, ulong client, TimeSpan now, Task<bool> asked)
    {
        Interlocked.Increment(ref _awaited);
        var isOn = await asked;
        Interlocked.Decrement(ref _awaited);
        Keep(flag, client, now, isOn);
    }

    private bool Keep(string flag, ulong client, TimeSpan now, bool isOn)
    {
        var answer = new Answer(isOn, now);
        if (!_answers.TryAdd((flag, client), answer))
        {
            _answers[(flag, client)] = answer;
        }
        else if (Interlocked.Increment(ref _kept) > MostAnswers)
        {
            _answers.Clear();
            Volatile.Write(ref _kept, 0);
        }

        return isOn;
    }

    [LoggerMessage(EventIds.FlagFailed, LogLevel.Error, "The flag {Flag} of a segment cannot be evaluated, and is off: {Why}")]
    private partial void LogFailed(string flag, string why);

    private readonly record struct Answer(bool IsOn, TimeSpan At);
}
