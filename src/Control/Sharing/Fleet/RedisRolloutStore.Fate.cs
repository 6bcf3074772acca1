using System.Globalization;
using StackExchange.Redis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// A command whose answer is lost was done, or never will be: it carries a token that stays with what it wrote, and a deadline by
/// Redis' own clock. So it can be asked afterwards, and whoever gave it is told the truth.
/// </summary>
internal sealed partial class RedisRolloutStore
{
    /// <summary>Until when Redis may do it: longer than a proof takes on a busy machine, and over well before its fate is given up.</summary>
    private const long DeadlineMilliseconds = 1000;

    /// <summary>A broken connection is back within a quarter of a second; a Redis that stands still may do so for longer than
    /// anybody waits.</summary>
    private static readonly TimeSpan PatienceWithFate = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromMilliseconds(50);

    /// <summary>Asked first: a Redis that does not answer now is given nothing, and nothing is left open.</summary>
    private async Task<Attempt> AttemptAsync(RedisKey document)
    {
        var token = Guid.NewGuid().ToString("N");
        var now = await StandingAsync(document, token, isAnnounced: false);
        return new Attempt(document, token, now.Lineage, now.Milliseconds + DeadlineMilliseconds);
    }

    /// <returns>Redis' word, or what it would have been.</returns>
    /// <exception cref="OutcomeUnknownException">Nobody can say.</exception>
    private async Task<string> AnswerAsync(Attempt attempt, string script, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return Word(await _link.RunAsync(script, keys, arguments));
        }
        catch (StoreUnavailableException lost)
        {
            return await WasDoneAsync(attempt, lost) ? "done" : "late";
        }
    }

    private async Task<bool> WasDoneAsync(Attempt attempt, StoreUnavailableException lost)
    {
        var asked = _time.GetTimestamp();
        while (_time.GetElapsedTime(asked) < PatienceWithFate)
        {
            if (await TryStandingAsync(attempt) is { } now)
            {
                if (now.Word == "done")
                {
                    return true;
                }

                // Another line of servers (a failover, a restart) may have forgotten what the one before did and told; so has one that was emptied.
                if (now.Lineage != attempt.Lineage || now.Word == "lost")
                {
                    break;
                }

                if (now.Milliseconds > attempt.Deadline)
                {
                    return false;
                }
            }

            await Task.Delay(BetweenQuestions, _time);
        }

        throw Unknown(lost);
    }

    private async Task<Standing?> TryStandingAsync(Attempt attempt)
    {
        try
        {
            return await StandingAsync(attempt.Document, attempt.Token, isAnnounced: true);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private async Task<Standing> StandingAsync(RedisKey document, string token, bool isAnnounced)
    {
        var answer = (string[])(await _link.RunAsync(Script.Fate, [document], [token, isAnnounced ? 0 : 1]))!;
        return new Standing(long.Parse(answer[0], CultureInfo.InvariantCulture), answer[1], answer[2]);
    }

    private static OutcomeUnknownException Unknown(StoreUnavailableException lost) => new(
        "Redis was given the command and did not answer. "
        + "Whether it was done is not known: if it was, every replica shows it within a second of hearing Redis again, "
        + "and if it was not, it never will be. "
        + "Look at the status before you give it again, or give it with If-Match.",
        lost);

    /// <param name="Lineage">The line of servers that was given it, as their replication tells.</param>
    /// <param name="Deadline">In milliseconds of Redis' clock.</param>
    private sealed record Attempt(RedisKey Document, string Token, string Lineage, long Deadline);

    private sealed record Standing(long Milliseconds, string Lineage, string Word);
}
