using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>
/// One rollout from its first step to its end, on one replica, judged by the production judge. Where nothing happens time leaps
/// from one bad response to the next; after the canary has broken, every request is followed on its way, because those in flight
/// at the decision are victims too.
/// </summary>
internal sealed partial class SimulatedRun
{
    // How long an arm may say nothing to a user before the proxy gives up: YARP's ActivityTimeout, unless configured.
    private const double AnswerTimeout = 100;

    // No plan holds a step for longer; a step that waits for requests that never come would otherwise never end.
    internal static readonly double Longest = Durations.Longest.TotalSeconds;

    private readonly RolloutPlan _plan;
    private readonly TrafficModel _traffic;
    private readonly Scenario _scenario;
    private readonly Dice _dice;
    private readonly JudgeSettings _settings;
    private readonly double _limit;
    private readonly double _grace;
    private readonly Flights _flights;
    private readonly AdmissionWindow _window;
    private readonly GoodStream _canaryGood;
    private readonly GoodStream _canaryFast;
    private readonly GoodStream _stableGood;
    private readonly GoodStream _stableFast;

    private Judge _judge;
    private double _now;
    private Rates _rates;
    private int _step = -1;
    private long _responsesInStep;
    private bool _goodInStep;
    private long _responses;
    private long _settled;
    private double _victims;
    private Ruling _ruling;
    private bool _over;
    private bool _promoted;
    private bool _frozen;
    private int _coldLeft;

    public SimulatedRun(SimulationSetup setup, Scenario scenario, bool window, Dice dice)
    {
        (_plan, _traffic, _scenario, _dice) = (setup.Plan, setup.Traffic, scenario, dice);
        _settings = setup.Judge;
        _judge = new Judge(_settings);
        _limit = setup.LatencyLimit;
        _coldComparisons = _coldLeft = _plan.Judge.WarmUp ?? 0;
        _grace = setup.Judge.SharedGrace.TotalSeconds;
        _flights = new Flights(_limit);
        _window = new AdmissionWindow(window ? setup.Admission : null);
        _canaryGood = new GoodStream(dice, GoodOnes);
        _canaryFast = new GoodStream(dice, Settled);
        _stableGood = new GoodStream(dice, count => _judge.StableGood(count));
        _stableFast = new GoodStream(dice, count => _judge.StableFast(count));
        _breaksAt = scenario.Fault == Fault.None ? double.PositiveInfinity : setup.BreaksAt(scenario);
    }

    /// <summary>Copies: every safe request is stable's all the same, and nobody is hurt by the canary.</summary>
    private bool IsShadow => _plan.Steps[_step].IsShadow;

    /// <summary>The share of the requests that the canary sees.</summary>
    private double Share => StepNeeds.ShareOf(_plan.Steps[_step], _traffic);

    /// <summary>w, as the judge is told it: a copied request is asked of both arms.</summary>
    private double Coin => IsShadow ? 0.5 : Share;

    private double HangsFor => IsShadow ? (_plan.Shadow ?? ShadowTerms.Default).Timeout.TotalSeconds : AnswerTimeout;

    private TimeSpan Clock => TimeSpan.FromSeconds(_now);

    private bool HasLimit => double.IsFinite(_limit);

    public RunOutcome Play(CancellationToken stop)
    {
        NextStep();
        while (!_over && (!_ruling.EndsCanary || MayBeExonerated()))
        {
            stop.ThrowIfCancellationRequested();
            var (turn, known) = (NextTurn, _flights.Next);
            var random = _now + _dice.Exponential(PerSecond);
            if (random < Math.Min(turn, known))
            {
                _now = random;
                Happen();
            }
            else if (known < turn)
            {
                _now = Math.Max(_now, known);
                Land();
            }
            else
            {
                _now = turn;
                Turn();
            }
        }

        return Outcome();
    }

    // Whatever comes at random, superposed: drawn anew after each event, since waiting times do not age.
    private double PerSecond => ComparedStable + ComparedCanary + _rates.Stable * (_rates.StableFails / _traffic.Burst + _rates.StableSlow)
        + (_closeUp ? Arrivals : _rates.Canary * (_rates.CanaryFails / _traffic.Burst + _rates.CanarySlow));

    // Whom the window turns away is stable's, and nobody's concern here.
    private double Arrivals => LetsIn ? _rates.Canary : 0;

    // As in production, the window holds nobody back at 100 %, and who comes while it is full compares with nothing.
    private bool LetsIn => IsShadow || _inFlight < (Share >= 1 ? PickWord.MaxInFlight : _window.Limit(Clock));

    /// <summary>Of a request to stable: in a shadow step only those that the canary gets a copy of are held against it.</summary>
    private bool Compares() => LetsIn && (!IsShadow || _dice.Chance(Share));

    private void Happen()
    {
        var which = _dice.Uniform() * PerSecond;
        if ((which -= ComparedStable) < 0)
        {
            CompareStable();
        }
        else if ((which -= ComparedCanary) < 0)
        {
            CompareCanary(DrawCanarys());
        }
        else if ((which -= _rates.Stable * _rates.StableFails / _traffic.Burst) < 0)
        {
            for (var i = 0; i < _traffic.Burst; i++)
            {
                StableFails(Compares());
            }
        }
        else if ((which -= _rates.Stable * _rates.StableSlow) < 0)
        {
            _stableFast.Flush(_now);
            _judge.StableSlow(Clock, Coin, Compares());
        }
        else if (_closeUp)
        {
            Send();
        }
        else if (which < _rates.Canary * _rates.CanaryFails / _traffic.Burst)
        {
            _stableGood.Flush(_now);
            _canaryGood.Flush(_now);
            for (var i = 0; i < _traffic.Burst && !_ruling.EndsCanary; i++)
            {
                CanaryFails();
                _victims += IsShadow ? 0 : 1;
            }
        }
        else
        {
            _canaryFast.Flush(_now);
            _stableFast.Flush(_now);
            CanarySlow();
            _victims += _scenario.HurtsByLatency && !IsShadow ? 1 : 0;
        }
    }

    private void StableFails(bool compares)
    {
        _stableGood.Flush(_now);
        _judge.StableFailed(Clock, Coin, compares);
        _exonerated |= _doubt?.Exonerates(Clock) == true;
        _over |= _exonerated;
    }

    private void CanaryFails(ulong client = 0)
    {
        (_responses, _responsesInStep) = (_responses + 1, _responsesInStep + 1);
        Take(_judge.CanaryFailed(Clock, Coin, byCoin: true, client));
    }

    private void CanarySlow()
    {
        _settled++;
        if (Warm(1) == 1)
        {
            Take(_judge.CanarySlow(Clock, Coin));
        }
    }

    private void GoodOnes(int count)
    {
        (_responses, _responsesInStep, _goodInStep) = (_responses + count, _responsesInStep + count, _goodInStep || count > 0);
        Widen(count);
        _judge.CanaryGood(count);
    }

    private void Settled(int count)
    {
        _settled += count;
        if (HasLimit && Warm(count) is > 0 and var warm)
        {
            _judge.CanaryFast(warm);
        }
    }

    /// <summary>How many of so many answers come after the warm-up.</summary>
    private int Warm(int count)
    {
        var cold = Math.Min(count, _coldLeft);
        _coldLeft -= cold;
        return count - cold;
    }

    private void Take(Ruling ruling)
    {
        _ruling = ruling;
        _frozen |= ruling.Cause == Cause.Shared;
        _graceOverAt = ruling.Cause == Cause.Shared ? Math.Min(_graceOverAt, _now + _grace) : double.PositiveInfinity;
    }

    private RunOutcome Outcome()
    {
        var inFlight = !_ruling.EndsCanary || !_broken || _closeUp || IsShadow ? 0
            : _rates.Canary * (_rates.CanaryFails * _traffic.Latency.Mean + (_scenario.HurtsByLatency && HasLimit ? _rates.CanarySlow * _limit : 0));
        var responses = _ruling is { IsOfLatency: true, Cause: not Cause.RelativeLatency } ? _settled : _responses;
        return new RunOutcome(
            _exonerated ? Cause.SharedGraceOver : _ruling.Cause, _broke, _promoted, _frozen, _broke ? _now - _breaksAt : _now,
            responses, _victims + _dice.Poisson(inFlight), _step);
    }
}
