using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Simulation;

/// <summary>What happens at a known time: a gate, the fault and its end, a retry, a grace.</summary>
internal sealed partial class SimulatedRun
{
    // What else a storm or an outage may lead to shows within a minute.
    private const double Aftermath = 60;

    // Nothing is learned between two responses either: on little traffic the gate is asked less often.
    private const double AskAgain = 0.25;

    // A time in seconds is not exact to the tick.
    private const double ShortestPause = 1e-6;

    private const ulong StormsClient = 1;

    private double _breaksAt;
    private double _healsAt = double.PositiveInfinity;
    private double _retriesAt = double.PositiveInfinity;
    private double _graceOverAt = double.PositiveInfinity;
    private double _gateAt;
    private double _steppedAt;
    private double _endsAt = Longest;
    private bool _broke;
    private bool _broken;
    private bool _onProbation;
    private Doubt? _doubt;
    private bool _exonerated;
    private int _retries;

    private double NextTurn => Math.Min(
        Math.Min(Math.Min(_broke ? double.PositiveInfinity : _breaksAt, _healsAt), Math.Min(_retriesAt, _closeUpEndsAt)),
        Math.Min(Math.Min(_graceOverAt, _gateAt), _endsAt));

    private void Turn()
    {
        if (!_broke && _now >= _breaksAt)
        {
            Break();
        }
        else if (_now >= _healsAt)
        {
            (_broken, _healsAt) = (false, double.PositiveInfinity);
            Flow();
        }
        else if (_now >= _retriesAt)
        {
            Retry();
        }
        else if (_now >= _closeUpEndsAt)
        {
            EndCloseUp();
        }
        else if (_now >= _graceOverAt)
        {
            Flush();
            Take(_judge.Tick(Clock));
            _graceOverAt = double.IsFinite(_graceOverAt) ? _now + AskAgain : _graceOverAt;
        }
        else if (_now >= _gateAt)
        {
            TryGate();
        }
        else
        {
            _over = true;
        }
    }

    private void NextStep()
    {
        _step++;
        if (_step > 0)
        {
            Flush();
            if (!_plan.Steps[_step - 1].IsShadow)
            {
                _judge.RaiseLoad();
            }
            else if (!IsShadow)
            {
                // Users meet the canary: what copies showed proves nothing of them.
                (_judge, _responses, _settled) = (new Judge(_settings), 0, 0);
            }
        }

        (_responsesInStep, _goodInStep) = (0, false);
        _steppedAt = _now;
        _gateAt = _now + _plan.Steps[_step].Hold.TotalSeconds;
        _window.Restart(FleetPlace.Only, Clock);
        Flow();
    }

    private void TryGate()
    {
        Flush();
        var step = _plan.Steps[_step];
        var missing = step.Requests - _responsesInStep;
        if (missing > 0)
        {
            _gateAt = _now + Math.Max(missing / _rates.Canary, AskAgain);
        }
        else if (_judge.Readiness is var readiness && (readiness is { StableAlarms: true } or { Alarmed: true } || (_responsesInStep > 0 && !_goodInStep)))
        {
            _gateAt = _now + Math.Max(1 / (_rates.Canary + _rates.Stable), AskAgain);
        }
        else if (!IsProved(readiness))
        {
            // Half of what is missing, so that the moment is seldom missed; evidence that leans may stop to do so with any response.
            var wanted = readiness.Leans ? 1 : Math.Max(1, readiness.MissingResponses / 2.0);
            _gateAt = Math.Min(_now + Math.Max(wanted / _rates.Canary, AskAgain), PatienceEndsAt);
        }
        else if (_frozen)
        {
            // Only an operator resumes it.
            _over = true;
        }
        else if (_step + 1 < _plan.Steps.Length)
        {
            NextStep();
        }
        else
        {
            (_over, _promoted) = (true, true);
        }
    }

    private bool IsProved(Readiness readiness) => ProofGate.Of(_plan, _step + 1, Served, readiness, _responses).Met;

    private TimeSpan Served => TimeSpan.FromSeconds(_now - _steppedAt);

    /// <summary>When proof is no longer waited for; never, where it is over and something else is missing.</summary>
    private double PatienceEndsAt =>
        _plan.Steps[_step] is var step && (step.Hold + _plan.Gates.PatienceOf(step) - Served).TotalSeconds is > 0 and var left
            ? _now + Math.Max(left, ShortestPause)
            : double.PositiveInfinity;

    private void Break()
    {
        _broke = true;
        if (_scenario.IsCanarys)
        {
            BeginCloseUp();
        }
        else if (_scenario.Fault == Fault.RetryStorm)
        {
            (_retries, _retriesAt) = (Scenario.Retries, _now);
            _endsAt = _now + Scenario.Retries * Scenario.RetryEvery + Aftermath;
        }
        else
        {
            (_broken, _healsAt, _endsAt) = (true, _now + Scenario.OutageSeconds, _now + Scenario.OutageSeconds + Aftermath);
            Flow();
        }
    }

    // A client that sticks to the canary is told from others by its key; without one every retry is tossed anew.
    private void Retry()
    {
        var sticky = !_plan.Sticky.IsEmpty;
        if (IsShadow)
        {
            var copied = _dice.Chance(Share);
            StableFails(copied);
            if (copied)
            {
                Flush();
                CanaryFails(sticky ? StormsClient : 0);
            }
        }
        else if (sticky || _dice.Chance(Share))
        {
            Flush();
            CanaryFails(sticky ? StormsClient : 0);
        }
        else
        {
            StableFails(LetsIn);
        }

        _retries--;
        _retriesAt = _retries > 0 ? _now + Scenario.RetryEvery : double.PositiveInfinity;
    }

    // A decision taken before it was sure whose fault it is, is taken back if stable breaks its own limit within the grace. With
    // no request sent to the canary any more, that is all there is left to see.
    private bool MayBeExonerated()
    {
        if (_onProbation || !_ruling.Provisional || _scenario.IsCanarys)
        {
            return _onProbation;
        }

        Flush();
        _onProbation = true;
        _doubt = _judge.Doubt(_ruling, Clock);
        Flow();
        (_retriesAt, _gateAt, _graceOverAt, _endsAt) = (double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity, _now + _grace);
        return true;
    }

    private void Flush()
    {
        _canaryGood.Flush(_now);
        _canaryFast.Flush(_now);
        _stableGood.Flush(_now);
        _stableFast.Flush(_now);
    }

    private void Flow()
    {
        _rates = Rates.Of(_traffic, _onProbation ? 0 : Share, IsShadow, _scenario, _broken, _limit);
        _canaryGood.Flow(_now, _closeUp ? 0 : _rates.CanaryGood);
        _canaryFast.Flow(_now, _closeUp || !HasLimit ? 0 : _rates.CanaryFast);
        _stableGood.Flow(_now, _rates.StableGood);
        _stableFast.Flow(_now, HasLimit ? _rates.StableFast : 0);
    }
}
