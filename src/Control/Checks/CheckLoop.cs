using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Control.Checks;

/// <summary>
/// Asks the queries and checks of every open generation at their intervals and says what it found: a good answer lets the gate
/// open, a bad one holds the step, and enough bad ones by the check's rule roll back.
/// </summary>
public sealed partial class CheckLoop(
    RolloutBoard board, RolloutCommandHandler handler, RolloutFeed feed, Outgoing outgoing, IRolloutLease lease,
    RolloutSwitches switches, IConfiguration configuration, TimeProvider time, ILogger<CheckLoop> logger)
{
    /// <summary>As often as the advancer looks; a check is late by this much at most.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly ConditionalWeakTable<Generation, List<RunningCheck>> _running = new();
    private readonly ConditionalWeakTable<Generation, RunningBurn> _burning = new();

    /// <summary>Whose plans want to be looked at, as of this version of the board.</summary>
    private LiveRollout[] _watched = [];
    private int _version = -1;

    private readonly WebAnswers _web = new(outgoing);

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            var version = board.Version;
            if (version != _version)
            {
                (_version, _watched) = (version, [.. board.Each.Where(live => live.Plan is not { BurnRate: null, Checks.IsEmpty: true })]);
            }

            foreach (var live in _watched)
            {
                Look(live, stop);
            }
        }
    }

    private void Look(LiveRollout live, CancellationToken stop)
    {
        var now = Moment.Now(time).Monotonic;
        var at = live.Snapshot(now);
        if (!at.Status.Phase.IsOpen())
        {
            return;
        }

        // Down needs nobody: every replica watches the budget.
        if (at.Plan.BurnRate is { } terms)
        {
            Burn(live, at, _burning.GetValue(at.Generation, _ => new RunningBurn(terms)), now);
        }

        if (at.Plan.Checks.IsEmpty || !lease.IsHeld(live.Name))
        {
            return;
        }

        var running = _running.GetValue(
            at.Generation, _ => [.. at.Plan.Checks.Select(check => new RunningCheck(check, at.Generation.FailedChecks))]);
        foreach (var check in running)
        {
            if (check.Asking is { IsFaulted: true } failed)
            {
                check.Asking = Task.CompletedTask;
                failed.GetAwaiter().GetResult();
            }

            if (check.IsDue(at, now))
            {
                check.Asking = AskAsync(live, at, check, stop);
            }

            if (check.Finding(at, now) is { } finding)
            {
                live.Findings.Set(finding);
            }
        }
    }

    private void Burn(LiveRollout live, RolloutSnapshot at, RunningBurn burn, TimeSpan now)
    {
        foreach (var (rule, (sentence, isShared, since)) in burn.Look(at.Generation, now))
        {
            if (!rule.OnlyNotifies && isShared)
            {
                live.HoldBoth(at.Status.Generation, sentence);
            }
            else if (!rule.OnlyNotifies && !Acts(at.Plan))
            {
                live.Findings.Set(new Finding(BurnRate.Name, at.Status.Generation, FindingState.Fail, sentence));
                live.Hold(at.Status.Generation, BurnRate.Name, sentence);
            }
            else if (!rule.OnlyNotifies)
            {
                // In memory it is done when this returns; the store is told meanwhile.
                _ = handler.RollBackAsync(live.Name, Authority.Judge, "judge", BurnRate.Name, sentence, at.Status.Generation, since: since);
            }
            else if (lease.IsHeld(live.Name))
            {
                LogBurning(live.Name, sentence);
                Tell(live, "burning", sentence);
            }
        }

        at.Generation.BurnRates = burn.Figures;
    }

    /// <summary>A plan that freezes or only notifies is held, and nothing is pulled; so is every plan while automatic rollback is off.</summary>
    private bool Acts(RolloutPlan plan) => switches.AutoRollback && plan.OnBreach == OnBreach.Rollback;

    private void Tell(LiveRollout live, string kind, string sentence) =>
        feed.Publish(new RolloutNews(live.Plan, live.Status, kind, sentence, time.GetUtcNow()));

    private async Task AskAsync(LiveRollout live, RolloutSnapshot at, RunningCheck running, CancellationToken stop)
    {
        var check = running.Check;
        var answer = await AnswerAsync(live.Name, at, running, stop);
        var before = running.Last;
        var now = Moment.Now(time).Monotonic;
        running.Take(answer, at.Visit, live.Snapshot(now), now);
        if (answer.Kind == AnswerKind.Down && before?.Kind != AnswerKind.Down)
        {
            LogDown(live.Name, check.Name, answer.Sentence);
            Tell(live, "check-down", $"Check {answer.Of(check.Name)}; that says nothing about the canary, and the step holds.");
        }

        if (running.Last is { Kind: AnswerKind.Nothing } nothing && before?.Kind != AnswerKind.Nothing && check.Source is not CheckSource.Responses)
        {
            LogNothing(live.Name, check.Name, nothing.Sentence);
        }

        if (!running.IsBroken || running.Last?.Kind != AnswerKind.Bad)
        {
            return;
        }

        var sentence = running.Broken();
        if (!check.OnlyNotifies && Acts(at.Plan))
        {
            await handler.RollBackAsync(live.Name, Authority.Judge, "judge", check.Name, sentence, at.Status.Generation, since: running.BadSince);
        }
        else if (!running.TellsBroken())
        {
            // Said when it broke; whoever resumed knows.
        }
        else if (check.OnlyNotifies)
        {
            LogBroken(live.Name, check.Name, sentence);
            Tell(live, "check-broken", sentence);
        }
        else
        {
            live.Hold(at.Status.Generation, check.Name, sentence);
        }
    }

    /// <summary>A defect in one check must not keep those of other rollouts from being asked.</summary>
    private async Task<Answer> AnswerAsync(string rollout, RolloutSnapshot at, RunningCheck running, CancellationToken stop)
    {
        var check = running.Check;
        try
        {
            return check.Source switch
            {
                CheckSource.Prometheus prometheus => await PrometheusAsync(prometheus, check.Condition, stop),
                CheckSource.Web web => await WebQuery.AskAsync(_web, web, check.Condition, stop),
                CheckSource.Responses responses => running.Own.Ask(responses, at.Generation, Moment.Now(time).Monotonic),
                _ => throw new InvalidOperationException(check.Source.GetType().Name),
            };
        }
#pragma warning disable CA1031 // Whatever it was says nothing of the canary.
        catch (Exception e) when (!stop.IsCancellationRequested)
#pragma warning restore CA1031
        {
            LogFailed(e, rollout, check.Name);
            return new Answer(AnswerKind.Down, $"could not be asked: {e.Message.TrimEnd('.')}");
        }
    }

    private Task<Answer> PrometheusAsync(CheckSource.Prometheus source, CheckCondition condition, CancellationToken stop)
    {
        var section = configuration.GetSection($"Snapback:Providers:{source.Provider}");
        var address = source.Address ?? (Uri.TryCreate(section["Address"], UriKind.Absolute, out var configured) ? configured : null);
        return address is null
            ? Task.FromResult(
                new Answer(
                    AnswerKind.Down,
                    $"the provider '{source.Provider}' has no address: give one in the plan, or as {source.AddressKey}",
                    HasSubject: true))
            : PrometheusQuery.AskAsync(
                _web,
                source,
                address,
                section.GetSection("Headers").GetChildren().ToDictionary(header => header.Key, header => header.Value ?? ""),
                condition,
                stop);
    }

    [LoggerMessage(
        EventIds.CheckDown,
        LogLevel.Error,
        "Rollout {Rollout}: check {Check}: {Why}. That says nothing about the canary: the step holds until there is an answer.")]
    private partial void LogDown(string rollout, string check, string why);

    [LoggerMessage(EventIds.CheckNothing, LogLevel.Information, "Rollout {Rollout}: check {Check}: {Why}, which is no verdict: it is asked again.")]
    private partial void LogNothing(string rollout, string check, string why);

    [LoggerMessage(EventIds.CheckFailed, LogLevel.Error, "Rollout {Rollout}: asking check {Check} failed, which is a defect of Snapback.")]
    private partial void LogFailed(Exception why, string rollout, string check);

    [LoggerMessage(EventIds.Burning, LogLevel.Warning, "Rollout {Rollout} burns its error budget, and the rule only notifies. {Sentence}")]
    private partial void LogBurning(string rollout, string sentence);

    [LoggerMessage(
        EventIds.CheckBroken,
        LogLevel.Warning,
        "Rollout {Rollout}: check {Check} broke its rule and is not rolled back for it. {Sentence}")]
    private partial void LogBroken(string rollout, string check, string sentence);
}
